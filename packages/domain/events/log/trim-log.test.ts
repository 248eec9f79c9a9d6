import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import type { Event } from '../event.ts'
import type { EventsTables } from '../events-tables.ts'
import { eventsMigrations } from '../index.ts'
import { type OpenLog, openLog, someone } from '../testing/open-log.ts'
import { trimLog } from './trim-log.ts'
import { readHeads, walkLog } from './walk-log.ts'

const alice = someone(1)
const elsewhere = someone(2)
const run = (id: string, also: string[] = []): Event => ({
  type: 'run.created',
  subject: `runs/${id}`,
  on: 7,
  also,
})

async function left({ db }: OpenLog): Promise<number[]> {
  const { rows } = await db.scan((reads) => walkLog(reads, { after: 0, through: 1_000 }))
  return rows.map(({ position }) => position)
}

async function trim({ db }: OpenLog, through: number, limit = 100) {
  const prefix = await db.scan((reads) => trimLog.prefix(reads, 1, through, limit))
  return prefix === undefined ? undefined : db.inTx((tx) => trimLog.raiseFloor(tx, prefix, 99))
}

eachEngine('the beginning of the log', [eventsMigrations], (open) => {
  test('goes in slices, of one workspace, and leaves its last hash as floor', async () => {
    await using db = await open()
    await using log = await openLog(db)
    await log.tell(alice, run('1', ['models/m']), run('2'))
    await log.tell(elsewhere, run('3', ['models/m']))
    await log.tell(alice, run('4'), run('5'))
    const before = await log.events()
    assert.equal(await trim(log, 4, 2), 2)
    assert.deepEqual(await left(log), [3, 4, 5])
    assert.equal(await trim(log, 4, 2), 1)
    assert.equal(await trim(log, 4, 2), undefined)
    assert.deepEqual(await left(log), [3, 5])
    const [head, other] = await db.scan(readHeads)
    const { hash, position, number } = before[3]!
    assert.deepEqual(head!.floor, { workspaceKey: 1, number, position, hash, raisedAt: 99 })
    assert.deepEqual([head!.number, head!.position], [4, 5])
    assert.equal(other!.floor.number, 0)
    const mentions = await db.read.tables<EventsTables>().selectFrom('event_mentions').selectAll().execute()
    assert.deepEqual(mentions, [{ workspace_key: 2, subject: 'models/m', position: 3 }])
  })

  test('of two who take the same slice one has nothing to do', async () => {
    await using db = await open()
    await using log = await openLog(db)
    await log.tell(alice, run('1'), run('2'), run('3'))
    const prefix = (await db.scan((reads) => trimLog.prefix(reads, 1, 2, 10)))!
    assert.equal(await db.inTx((tx) => trimLog.raiseFloor(tx, prefix, 1)), 2)
    assert.equal(await db.inTx((tx) => trimLog.raiseFloor(tx, prefix, 2)), 0)
    assert.deepEqual(await left(log), [3])
  })

  test('the log goes on behind its floor', async () => {
    await using db = await open()
    await using log = await openLog(db)
    await log.tell(alice, run('1'), run('2'))
    assert.equal(await trim(log, 2), 2)
    await log.tell(alice, run('3'))
    assert.deepEqual(await left(log), [3])
    const [head] = await db.scan(readHeads)
    assert.deepEqual([head!.number, head!.floor.number], [3, 2])
  })

  test('is bound by active subscriptions and by what waits to be delivered', async () => {
    await using db = await open()
    const bound = () => db.scan((reads) => trimLog.bound(reads, 1))
    assert.equal(await bound(), Number.MAX_SAFE_INTEGER)
    const subscribe = (id: string, workspace: number, status: 'active' | 'disabled', position: number) =>
      db.inTx((tx) =>
        tx
          .tables<EventsTables>()
          .insertInto('subscriptions')
          .values({
            ...{ subscription_id: id, workspace_key: workspace, name: id, description: null, shape: 'slack' },
            ...{
              target: '',
              secret: null,
              filter: '{}',
              status,
              status_reason: null,
              max_attempts: 1,
              ttl_ms: 1,
            },
            ...{ owner_key: null, created_by: '', created_at: 1, updated_at: 1, position },
          })
          .returning('subscription_key as key')
          .executeTakeFirstOrThrow(),
      )
    await subscribe('elsewhere', 2, 'active', 1)
    await subscribe('off', 1, 'disabled', 2)
    assert.equal(await bound(), Number.MAX_SAFE_INTEGER)
    const { key } = await subscribe('on', 1, 'active', 50)
    assert.equal(await bound(), 50)
    const deliver = (position: number, state: 'waiting' | 'dead') =>
      db.inTx((tx) =>
        tx
          .tables<EventsTables>()
          .insertInto('deliveries')
          .values({
            ...{ subscription_key: key, position, replay: 0, type: '', subject: '', state, attempts: 1 },
            ...{ next_at: null, created_at: 1, last_at: null, status: null, error: '', duration_ms: null },
          })
          .execute(),
      )
    await deliver(10, 'dead')
    assert.equal(await bound(), 50)
    await deliver(20, 'waiting')
    assert.equal(await bound(), 19)
  })

  test('tells since when events are needed, by age, by name and by the thing they are decided on', async () => {
    await using db = await open()
    await using log = await openLog(db)
    await log.tell(alice, run('1'), run('2', ['models/m/versions/1']))
    log.later(10)
    await log.tell(alice, run('3'), { type: 'model.tag-set', subject: 'models/x', on: 8 })
    const first = (about: Parameters<typeof trimLog.firstAbout>[2]) =>
      db.scan((reads) => trimLog.firstAbout(reads, 1, about))
    assert.equal(await first({ subject: 'runs/3' }), 3)
    assert.equal(await first({ subject: 'models/m' }), 2)
    assert.equal(await first({ subject: 'experiments/1', on: { kind: 'experiment', key: 7 } }), 1)
    assert.equal(await first({ subject: 'models/y', on: { kind: 'model', key: 8 } }), 4)
    assert.equal(await first({ subject: 'models/y' }), undefined)
    const old = (time: number) => db.scan((reads) => trimLog.olderThan(reads, 1, time))
    assert.equal(await old(1_700_000_000_010), 2)
    assert.equal(await old(1_700_000_000_000), 0)
    assert.equal(await old(1_700_000_000_011), Number.MAX_SAFE_INTEGER)
    assert.equal(await db.scan((reads) => trimLog.count(reads, 1, 3)), 3)
  })
})
