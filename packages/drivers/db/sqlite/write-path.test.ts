import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import type { Database } from '../database.ts'
import type { MigrationModule } from '../migrations.ts'
import { addThing, allThings, resize, type ThingTables, thingModule } from '../suite/tables.ts'
import { testFolder } from '../testing/folder.ts'
import { openSqlite, type SqliteOptions } from './store.ts'
import type { Syncer } from './sync.ts'

/** A syncer whose syncs end when the test says so. */
function handSyncer() {
  const running: { finish: () => void; fail: (error: Error) => void }[] = []
  let begun = 0
  const syncer: Syncer = {
    sync() {
      begun += 1
      return new Promise((resolve, reject) => running.push({ finish: resolve, fail: reject }))
    },
    close: async () => {},
  }
  return { syncer, begun: () => begun, next: () => running.shift()! }
}

async function open(folder: string, options: Partial<SqliteOptions> = {}): Promise<Database> {
  const db = await openSqlite({ folder, sync: false, turnMs: 1_000, ...options })
  await db.migrate([thingModule])
  return db
}

function add(db: Database, name: string): Promise<unknown> {
  return db.inTx((tx) => tx.first(addThing, { name, size: 1 }))
}

async function names(db: Database): Promise<string[]> {
  return (await db.read.all(allThings, {})).map(({ name }) => name)
}

/** As many turns as anything here could need. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Problem && error.code === 'TEMPORARILY_UNAVAILABLE'
}

test('verbs run in the order of their arrival, one after another', async () => {
  using home = testFolder()
  await using db = await open(home.path)
  const steps: string[] = []
  const verbs = ['a', 'b', 'c'].map((name) =>
    db.inTx(async (tx) => {
      steps.push(`${name} begins`)
      await tx.first(addThing, { name, size: 1 })
      await tx.tables<ThingTables>().selectFrom('things').selectAll().execute()
      steps.push(`${name} ends`)
    }),
  )
  await Promise.all(verbs)
  assert.deepEqual(steps, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})

test('verbs of one turn share one sync, and verbs that only read need none', async () => {
  using home = testFolder()
  const { syncer, begun, next } = handSyncer()
  await using db = await open(home.path, { syncer: () => syncer })
  const all = Promise.all(Array.from({ length: 100 }, (_, i) => add(db, `n${i}`)))
  await turns()
  assert.equal(begun(), 1)
  next().finish()
  await all
  await db.inTx((tx) => tx.all(allThings, {}))
  assert.equal(begun(), 1)
})

test('gathering that fails or waits for something else refuses its group, and no other', async () => {
  using home = testFolder()
  await using db = await open(home.path)
  const full = async () => {
    throw new Error('the gatherer is full')
  }
  const forever = () => new Promise<void>(() => {})
  for (const gather of [full, forever]) {
    const group = await Promise.allSettled([
      add(db, 'a'),
      db.inTx(async (tx) => tx.beforeCommit<string>(gather, 'b')),
    ])
    for (const answer of group) {
      assert.ok(answer.status === 'rejected' && isUnavailable(answer.reason))
    }
    assert.deepEqual(await names(db), [])
  }
  await add(db, 'a')
  assert.deepEqual(await names(db), ['a'])
})

test('an answer waits for a sync that began after its commit', async () => {
  using home = testFolder()
  const { syncer, begun, next } = handSyncer()
  await using db = await open(home.path, { syncer: () => syncer })
  const answered: string[] = []
  const early = add(db, 'early').then(() => answered.push('early'))
  await turns()
  const late = add(db, 'late').then(() => answered.push('late'))
  await turns()
  assert.deepEqual(await names(db), ['early', 'late'], 'both are committed')
  assert.deepEqual([begun(), answered], [1, []])
  next().finish()
  await turns()
  assert.deepEqual([begun(), answered], [2, ['early']])
  next().finish()
  await Promise.all([early, late])
})

test('a refusal that rests on an unsynced row waits for its sync too', async () => {
  using home = testFolder()
  const { syncer, next } = handSyncer()
  await using db = await open(home.path, { syncer: () => syncer })
  const first = add(db, 'a')
  await turns()
  let refused = false
  const again = add(db, 'a').catch(() => {
    refused = true
  })
  await turns()
  assert.equal(refused, false)
  next().finish()
  await Promise.all([first, again])
  assert.equal(refused, true)
})

test('a verb that awaits something else than its tx is rolled back and told the rule', async () => {
  using home = testFolder()
  await using db = await open(home.path)
  let late: Promise<unknown> | undefined
  const wrong = db.inTx(async (tx) => {
    await tx.first(addThing, { name: 'wrong', size: 1 })
    await new Promise((resolve) => setTimeout(resolve, 5))
    late = tx.first(addThing, { name: 'late', size: 1 })
    return late
  })
  const neighbours = [add(db, 'right'), add(db, 'right too')]
  await assert.rejects(wrong, /only tx may be awaited inside inTx/)
  await Promise.all(neighbours)
  await new Promise((resolve) => setTimeout(resolve, 20))
  await assert.rejects(late!, /has ended/)
  assert.deepEqual(await names(db), ['right', 'right too'])
})

test('a group commits what it has when its time is over, and the loop gets its turn', async () => {
  using home = testFolder()
  await using db = await open(home.path, { turnMs: 5 })
  const steps: string[] = []
  const verbs = ['a', 'b', 'c'].map((name) =>
    db.inTx(async () => {
      const until = performance.now() + 6
      while (performance.now() < until);
      steps.push(name)
      setImmediate(() => steps.push('loop'))
    }),
  )
  await Promise.all(verbs)
  assert.deepEqual(steps.slice(0, 5), ['a', 'loop', 'b', 'loop', 'c'])
})

const orphans: MigrationModule = {
  module: 'orphans',
  migrations: [
    {
      number: 1,
      name: 'a constraint that only COMMIT checks',
      up: (t) => [
        `create table parents (id ${t.int} primary key) ${t.plain}`,
        `create table children (parent ${t.int} references parents (id) deferrable initially deferred) ${t.plain}`,
      ],
    },
  ],
}

test('a failed COMMIT refuses the whole group, and the next group is written', async () => {
  using home = testFolder()
  await using db = await openSqlite({ folder: home.path, sync: false })
  await db.migrate([thingModule, orphans])
  const learnt: string[] = []
  const good = db.inTx(async (tx) => {
    tx.afterCommit(() => learnt.push('good'))
    await tx.first(addThing, { name: 'good', size: 1 })
  })
  const over = db.inTx(async (tx) => {
    if ((await tx.all(allThings, {})).length > 0) throw new Problem('RESOURCE_ALREADY_EXISTS', 'It is there.')
  })
  const bad = db.inTx((tx) =>
    tx.tables<{ children: { parent: number } }>().insertInto('children').values({ parent: 7 }).execute(),
  )
  await assert.rejects(good, isUnavailable)
  await assert.rejects(over, isUnavailable, 'what it was refused for never was')
  await assert.rejects(bad, isUnavailable)
  assert.deepEqual([learnt, await names(db)], [[], []])
  await add(db, 'next')
  assert.deepEqual(await names(db), ['next'])
})

test('a failed sync refuses everybody and is fatal, once', async () => {
  using home = testFolder()
  const { syncer, next } = handSyncer()
  const fatal: string[] = []
  await using db = await open(home.path, {
    syncer: () => syncer,
    onFatal: (error) => fatal.push(error.message),
  })
  const first = assert.rejects(add(db, 'a'), isUnavailable)
  await turns()
  const second = assert.rejects(add(db, 'b'), isUnavailable)
  await turns()
  next().fail(new Error('EIO: i/o error, fdatasync'))
  await Promise.all([first, second])
  await assert.rejects(add(db, 'c'), isUnavailable)
  assert.deepEqual(fatal, ['EIO: i/o error, fdatasync'])
})

test('a lock of a stranger is answered at once and not waited for', async () => {
  using home = testFolder()
  await using db = await open(home.path)
  const { DatabaseSync } = await import('node:sqlite')
  const stranger = new DatabaseSync(`${home.path}/orrery.db`)
  stranger.exec('begin immediate')
  await assert.rejects(
    add(db, 'a'),
    (error) => isUnavailable(error) && (error as Problem).retryAfterSeconds === 1,
  )
  assert.equal((await names(db)).length, 0)
  stranger.exec('rollback')
  await add(db, 'a')
  stranger.close()
})

test('a verb that changed nothing is committed all the same', async () => {
  using home = testFolder()
  await using db = await open(home.path)
  assert.equal(await db.inTx((tx) => tx.run(resize, { above: 1, size: 2 })), 0)
})

test('a queue that never runs empty keeps the order', async () => {
  using home = testFolder()
  await using db = await open(home.path, { turnMs: 0 })
  const order: number[] = []
  let next = 0
  const client = async () => {
    while (next < 5_000) {
      const mine = next++
      await db.inTx(async () => order.push(mine))
    }
  }
  await Promise.all(Array.from({ length: 50 }, client))
  assert.deepEqual(
    order,
    Array.from({ length: order.length }, (_, i) => i),
  )
})
