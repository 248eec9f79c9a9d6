import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { sql } from 'kysely'
import {
  CHAINED,
  type Event,
  type EventsTables,
  eventsMigrations,
  firstHash,
  logQueries,
  nextHash,
} from '../../events/index.ts'
import { someone } from '../../events/testing/open-log.ts'
import { governanceMigrations } from '../index.ts'
import { openGovernance } from '../testing/open-governance.ts'
import { verifyLog } from './verify-log.ts'

const MODULES = [eventsMigrations, governanceMigrations]
const alice = someone(1, { reason: 'Because.' })
const elsewhere = someone(2)

const run = (n: number, id = `${n}`): Event => ({
  ...{ type: 'run.created', subject: `runs/${id}`, on: 7, also: ['models/m'] },
  ...{ before: { n }, after: { n: n + 1 } },
})

/** Events 1 to 12 of alice's workspace stand at the odd positions. */
async function filled(db: Database) {
  const bed = await openGovernance(db)
  for (let n = 1; n <= 12; n++) {
    await bed.tell(alice, run(n))
    await bed.tell(elsewhere, run(n))
  }
  return bed
}

const at = (number: number) => 2 * number - 1

type Log = EventsTables['event_log']

const tamper = (db: Database, statement: ReturnType<typeof sql>) =>
  db.inTx(async (tx) => {
    await statement.execute(tx.tables())
  })

async function rowOf(db: Database, number: number): Promise<Log> {
  const row = await db.read
    .tables<EventsTables>()
    .selectFrom('event_log')
    .selectAll()
    .where('workspace_key', '=', 1)
    .where('number', '=', number)
    .executeTakeFirstOrThrow()
  return row as Log
}

const insert = (db: Database, row: Log) =>
  db.inTx((tx) => tx.tables<EventsTables>().insertInto('event_log').values(row).execute())

const drop = (db: Database, number: number) =>
  tamper(db, sql`delete from event_log where workspace_key = 1 and number = ${number}`)

type Bed = Awaited<ReturnType<typeof openGovernance>>

async function faults({ audit }: Bed, anchor?: string): Promise<(string | number)[][]> {
  const found = await audit.verify(alice, { anchor })
  const other = await audit.verify(elsewhere, { anchor })
  assert.deepEqual([other.faults, other.verified], [[], 12], 'the other workspace is whole')
  return found.faults.map(({ kind, position, number }) => [kind, position, number])
}

/** What each column is changed to. */
const CHANGES: Readonly<Record<(typeof CHAINED)[number] | 'hash', string | number | null>> = {
  number: 40,
  position: 100,
  event_id: 'another',
  workspace_key: 3,
  type: 'run.deleted',
  subject: 'runs/other',
  audience: 'audit.read',
  on_key: 8,
  actor: 'user:bob',
  credential: 'personal:1',
  reason: 'No reason.',
  request_id: 'another',
  address: '10.0.0.1',
  at: 1,
  also: '["models/n"]',
  before: '{"n":2}',
  after: '{"n":0}',
  hash: 'f'.repeat(64),
}

eachEngine('verification of the chain', MODULES, (open) => {
  test('a log as it was written verifies, to the last event', async () => {
    await using db = await open()
    await using bed = await filled(db)
    const found = await bed.audit.verify(alice, {})
    assert.deepEqual([found.verified, found.nextPosition, found.faults], [12, undefined, []])
    assert.deepEqual([found.head.number, found.head.position, found.floor.number], [12, at(12), 0])
    assert.equal(found.head.hash, (await rowOf(db, 12)).hash)
    const empty = await bed.audit.verify(someone(9), {})
    assert.deepEqual([empty.verified, empty.head.number, empty.faults], [0, 0, []])
    assert.equal(empty.head.hash, firstHash(9))
  })

  for (const column of [...CHAINED, 'hash'] as const) {
    for (const number of [1, 5, 12]) {
      test(`a changed ${column} of event ${number} is found, with its position`, async () => {
        await using db = await open()
        await using bed = await filled(db)
        await tamper(
          db,
          sql`update event_log set ${sql.ref(column)} = ${CHANGES[column]} where workspace_key = 1 and number = ${number}`,
        )
        const found = await faults(bed)
        if (column === 'position') {
          const expected = number === 12 ? ['changed', 100, 12] : ['reordered', 100, number]
          assert.deepEqual(found, [expected])
        } else if (column === 'workspace_key') {
          const gone =
            number === 12 ? ['head', at(12), 12] : ['missing', at(number) - (number === 1 ? 0 : 1), number]
          assert.deepEqual(found, [gone])
        } else if (column === 'number') assert.deepEqual(found, [['changed', at(number), 40]])
        else assert.deepEqual(found, [['changed', at(number), number]])
      })
    }
  }

  test('a deleted event is missing between those around it', async () => {
    await using db = await open()
    await using bed = await filled(db)
    await drop(db, 5)
    assert.deepEqual(await faults(bed), [['missing', at(4) + 1, 5]])
    await drop(db, 6)
    assert.deepEqual(await faults(bed), [['missing', at(4) + 1, 5]])
    await drop(db, 9)
    const found = await bed.audit.verify(alice, {})
    assert.deepEqual(
      found.faults.map(({ says }) => says),
      [
        'The events of numbers 5 to 6 are missing, between positions 7 and 13.',
        'The event of number 9 is missing, between positions 15 and 19.',
      ],
    )
  })

  test('two events that changed places are both found, and no other', async () => {
    for (const [a, b] of [
      [3, 5],
      [1, 12],
      [7, 8],
    ] as const) {
      await using db = await open()
      await using bed = await filled(db)
      await tamper(db, sql`update event_log set position = 1000 where position = ${at(a)}`)
      await tamper(db, sql`update event_log set position = ${at(a)} where position = ${at(b)}`)
      await tamper(db, sql`update event_log set position = ${at(b)} where position = 1000`)
      assert.deepEqual(
        (await faults(bed)).sort(),
        [
          ['reordered', at(b), a],
          ['reordered', at(a), b],
        ].sort(),
        `${a}, ${b}`,
      )
    }
  })

  test('an event that was put in is found, also with a hash that fits', async () => {
    await using db = await open()
    await using bed = await filled(db)
    const { hash: before } = await rowOf(db, 4)
    const forged = { ...(await rowOf(db, 5)), position: at(5) - 1, event_id: 'forged' }
    await tamper(db, sql`update event_log set position = 500 where position = ${at(5) - 1}`)
    const found = async (row: Log) => {
      await insert(db, row)
      const told = await bed.audit.verify(alice, {})
      await tamper(db, sql`delete from event_log where event_id = 'forged'`)
      return told.faults.map(({ kind, position, number }) => [kind, position, number])
    }
    const added = [['added', at(5) - 1, 5]]
    assert.deepEqual(await found(forged), added)
    assert.deepEqual(await found({ ...forged, hash: nextHash(before, forged) }), added)
    const last = { ...forged, position: 300, number: 13 }
    assert.deepEqual(await found(last), [['added', 300, 13]])
    assert.deepEqual(await found({ ...forged, position: 300 }), [['added', 300, 5]])
  })

  test('an end that was cut off is found by the head, and with the head cut too by an anchor', async () => {
    await using db = await open()
    await using bed = await filled(db)
    const { file } = await bed.anchors.write()
    const anchor = await readFile(join(bed.folder, file), 'utf8')
    assert.deepEqual((await bed.audit.verify(alice, { anchor })).faults, [])
    await tamper(db, sql`delete from event_log where workspace_key = 1 and number > 10`)
    const short = await bed.audit.verify(alice, {})
    assert.deepEqual(
      short.faults.map(({ kind }) => kind),
      ['head'],
    )
    const { hash, position } = await rowOf(db, 10)
    await tamper(
      db,
      sql`update event_heads set number = 10, position = ${position}, hash = ${hash} where workspace_key = 1`,
    )
    assert.deepEqual((await bed.audit.verify(alice, {})).faults, [])
    const found = await bed.audit.verify(alice, { anchor })
    assert.deepEqual(
      found.faults.map(({ kind, number }) => [kind, number]),
      [['anchor', 12]],
    )
  })

  test('a chain that was made anew from the beginning is found by an anchor', async () => {
    await using db = await open()
    await using bed = await filled(db)
    const { file } = await bed.anchors.write()
    const anchor = await readFile(join(bed.folder, file), 'utf8')
    let hash = firstHash(1)
    const last = (await bed.audit.verify(alice, {})).head.number
    for (let number = 1; number <= last; number++) {
      const row = { ...(await rowOf(db, number)), actor: 'user:mallory' }
      hash = nextHash(hash, row)
      await tamper(
        db,
        sql`update event_log set actor = 'user:mallory', hash = ${hash} where position = ${row.position}`,
      )
    }
    await tamper(db, sql`update event_heads set hash = ${hash} where workspace_key = 1`)
    assert.deepEqual((await bed.audit.verify(alice, {})).faults, [])
    const { faults: told } = await bed.audit.verify(alice, { anchor })
    assert.deepEqual(
      told.map(({ kind, position, number }) => [kind, position, number]),
      [['anchor', at(12), 12]],
    )
  })

  test('behind a floor the chain begins with its hash, and a floor that was raised by hand is found', async () => {
    await using db = await open()
    await using bed = await filled(db)
    const { file } = await bed.anchors.write()
    const anchor = await readFile(join(bed.folder, file), 'utf8')
    const prefix = await db.scan((reads) => bed.deps.trim.prefix(reads, 1, at(6), 100))
    const { number, hash } = prefix!.last
    await bed.tell(alice, {
      type: 'audit.trimmed',
      subject: 'audit',
      after: { removed: number, number, hash },
    })
    await db.inTx((tx) => bed.deps.trim.raiseFloor(tx, prefix!, 5))
    const found = await bed.audit.verify(alice, { anchor })
    assert.deepEqual([found.faults, found.floor.number], [[], 6])
    assert.equal(found.verified, found.head.number - 6)
    await tamper(db, sql`delete from event_log where workspace_key = 1 and number <= 8`)
    await tamper(
      db,
      sql`update event_heads set floor_number = 8, floor_position = ${at(8)} where workspace_key = 1`,
    )
    assert.deepEqual(
      (await bed.audit.verify(alice, {})).faults.map(({ kind, number }) => [kind, number]),
      [
        ['missing', 8],
        ['changed', 9],
      ],
    )
  })

  test('a beginning that was taken by hand, floor and all, is missing: retention has not told of it', async () => {
    await using db = await open()
    await using bed = await filled(db)
    const { file } = await bed.anchors.write()
    const anchor = await readFile(join(bed.folder, file), 'utf8')
    const { hash, position } = await rowOf(db, 8)
    await tamper(db, sql`delete from event_log where workspace_key = 1 and number <= 8`)
    await tamper(
      db,
      sql`update event_heads set floor_number = 8, floor_position = ${position}, floor_hash = ${hash}
        where workspace_key = 1`,
    )
    const found = await bed.audit.verify(alice, { anchor })
    assert.deepEqual(
      found.faults.map(({ kind, number, position: place }) => [kind, number, place]),
      [['missing', 8, position]],
    )
    const [first] = await verifyLog(db.read, logQueries, undefined)
    assert.deepEqual(
      first!.faults.map(({ says }) => says),
      found.faults.map(({ says }) => says),
    )
    const rest = await bed.audit.verify(alice, { fromPosition: at(10) })
    assert.deepEqual(rest.faults, [])
  })

  test('an event that is not found under what it names is changed, as one that is found under more', async () => {
    await using db = await open()
    await using bed = await filled(db)
    await tamper(db, sql`delete from event_mentions where position = ${at(4)}`)
    await tamper(
      db,
      sql`insert into event_mentions (workspace_key, subject, position) values (1, 'models/other', ${at(9)})`,
    )
    const { faults: told } = await bed.audit.verify(alice, {})
    assert.deepEqual(
      told.map(({ kind, number, position }) => [kind, number, position]),
      [
        ['changed', 4, at(4)],
        ['changed', 9, at(9)],
      ],
    )
    const [mine, other] = await verifyLog(db.read, logQueries, undefined)
    assert.deepEqual([mine!.faults, other!.faults], [told, []])
  })

  test('a check may go on where another has stopped', async () => {
    await using db = await open()
    await using bed = await filled(db)
    const rest = await bed.audit.verify(alice, { fromPosition: at(6) })
    assert.deepEqual([rest.faults, rest.verified], [[], 6])
    await tamper(db, sql`update event_log set reason = 'x' where position = ${at(7)}`)
    assert.deepEqual(
      (await bed.audit.verify(alice, { fromPosition: at(6) })).faults.map(({ position }) => position),
      [at(7)],
    )
    assert.deepEqual((await bed.audit.verify(alice, { fromPosition: at(7) })).faults, [])
  })

  test('nobody hears that all is well of what is behind the head, and where a call may stop another goes on', async () => {
    await using db = await open()
    await using bed = await filled(db)
    const { position } = (await bed.audit.verify(alice, {})).head
    const end = (await bed.audit.verify(elsewhere, {})).head.position
    assert.ok(end > position)
    for (const fromPosition of [position, end]) {
      const rest = await bed.audit.verify(alice, { fromPosition })
      assert.deepEqual([rest.verified, rest.faults, rest.nextPosition], [0, [], undefined])
    }
    for (const fromPosition of [end + 1, Number.MAX_SAFE_INTEGER]) {
      await assert.rejects(bed.audit.verify(alice, { fromPosition }), {
        code: 'INVALID_PARAMETER_VALUE',
        message: new RegExp(`'from_position' is ${fromPosition}.*behind the head.*ends at ${position}`),
        hint: /'next_position' of an earlier call/,
      })
    }
    const nothing = await bed.audit.verify(someone(3), { fromPosition: 0 })
    assert.deepEqual([nothing.verified, nothing.head.position], [0, 0])
  })

  test('what is no anchor and no position is refused', async () => {
    await using db = await open()
    await using bed = await filled(db)
    for (const anchor of ['x', '{}', '[]', 'null', '{"format":"orrery-anchor/1"}']) {
      await assert.rejects(bed.audit.verify(alice, { anchor }), { code: 'INVALID_PARAMETER_VALUE' }, anchor)
    }
    await assert.rejects(bed.audit.verify(alice, { fromPosition: -1 }), { code: 'INVALID_PARAMETER_VALUE' })
    const nobody = someone(1, { may: () => false })
    await assert.rejects(bed.audit.verify(nobody, {}), { code: 'PERMISSION_DENIED' })
  })
})
