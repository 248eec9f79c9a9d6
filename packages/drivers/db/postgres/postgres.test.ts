import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Problem } from '@orrery/base/kernel'
import { sql } from 'kysely'
import pg from 'pg'
import type { Database, Tx } from '../database.ts'
import {
  addThing,
  allPoints,
  allThings,
  findThing,
  pointInsert,
  type ThingTables,
  thingModule,
} from '../suite/tables.ts'
import { chosenEngines, makeTestSchema, stopPostgresAfterTests } from '../testing/index.ts'
import { openPostgres } from './store.ts'

/** A fresh schema with a client beside the databases, for what an administrator may do to them. */
async function place() {
  const { url, drop } = await makeTestSchema()
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  return {
    url,
    async kill(pid: number) {
      await admin.query('select pg_terminate_backend($1)', [pid])
    },
    async [Symbol.asyncDispose]() {
      await admin.end()
      await drop()
    },
  }
}

async function migrated(url: string, options: object = {}): Promise<Database> {
  const db = await openPostgres({ url, ...options })
  await db.migrate([thingModule])
  return db
}

async function backend(tx: Pick<Tx, 'tables'>): Promise<number> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx.tables())
  return rows[0]!.pid
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Problem && error.code === 'TEMPORARILY_UNAVAILABLE' && error.retryAfterSeconds === 1
}

function resize(tx: Tx, name: string): Promise<unknown> {
  return tx
    .tables<ThingTables>()
    .updateTable('things')
    .set({ size: sql`size + 1` })
    .where('name', '=', name)
    .execute()
}

function postgresTests(): void {
  stopPostgresAfterTests()

  test('a connection that drops inside a verb is a 503, and the next verb finds another', async () => {
    await using at = await place()
    await using db = await migrated(at.url)
    const broken = db.inTx(async (tx) => {
      await tx.first(addThing, { name: 'lost', size: 1 })
      await at.kill(await backend(tx))
      await tx.first(addThing, { name: 'lost too', size: 1 })
    })
    await assert.rejects(broken, isUnavailable)
    await db.inTx((tx) => tx.first(addThing, { name: 'kept', size: 1 }))
    assert.deepEqual(await db.read.all(allThings, {}), [{ name: 'kept' }])
  })

  test('a connection that drops at the commit says that nobody knows', async () => {
    await using at = await place()
    await using db = await migrated(at.url)
    const broken = db.inTx(async (tx) => at.kill(await backend(tx)))
    await assert.rejects(broken, (error) => isUnavailable(error) && /may or may not/.test(String(error)))
  })

  test('idle connections that were cut are replaced without anybody noticing for long', async () => {
    await using at = await place()
    await using db = await migrated(at.url)
    const pids = await Promise.all([backend(db.read), db.inTx(backend), db.scan(backend)])
    for (const pid of pids) await at.kill(pid)
    const tries = await Promise.allSettled([db.ping(), db.inTx(backend), db.scan(backend)])
    for (const result of tries) if (result.status === 'rejected') assert.ok(isUnavailable(result.reason))
    await db.ping()
    assert.equal(pids.includes(await db.inTx(backend)), false)
    await db.scan(backend)
  })

  test('a server that is not there is a 503 from everything, without its password', async () => {
    await using db = await openPostgres({ url: 'postgresql://postgres:hidden@127.0.0.1:1/postgres' })
    const asks = [db.ping(), db.inTx(backend), db.scan(backend), db.migrate([thingModule])]
    for (const { status, reason } of (await Promise.allSettled(asks)) as PromiseRejectedResult[]) {
      assert.equal(status, 'rejected')
      assert.ok(isUnavailable(reason))
      assert.doesNotMatch(String(reason) + String(reason.cause), /hidden/)
    }
  })

  test('two servers that start together migrate once', async () => {
    await using at = await place()
    const [one, two] = await Promise.all([migrated(at.url), migrated(at.url)])
    await one.inTx((tx) => tx.first(addThing, { name: 'a', size: 1 }))
    assert.deepEqual(await two.read.first(findThing, { name: 'a' }), { thing_key: 1, name: 'a', size: 1 })
    await Promise.all([one.close(), two.close()])
  })

  test('two servers that write the same rows in opposite order lose none and refuse none', async () => {
    await using at = await place()
    await using one = await migrated(at.url)
    await using two = await migrated(at.url)
    const rows = Array.from({ length: 300 }, (_, step) => [1, step, step, null])
    const writes = [one, two].flatMap((db, i) =>
      // No more than there are connections: whoever waits long for one is refused.
      Array.from({ length: 12 }, () =>
        db.inTx((tx) => tx.bulk(pointInsert('replace'), i ? rows : rows.toReversed())),
      ),
    )
    assert.deepEqual(new Set(await Promise.all(writes)), new Set([300]))
    assert.equal((await two.read.all(allPoints, {})).length, 300)
  })

  test('a verb that met a deadlock runs again, and only its last run counts', async () => {
    await using at = await place()
    await using db = await migrated(at.url)
    const learnt: string[] = []
    await db.inTx(async (tx) => {
      for (const name of ['a', 'b']) await tx.first(addThing, { name, size: 0 })
    })
    let runs = 0
    let meet!: () => void
    const met = new Promise<void>((resolve) => {
      meet = resolve
    })
    const crossing = (first: string, second: string) =>
      db.inTx(async (tx) => {
        tx.afterCommit(() => learnt.push(first))
        await resize(tx, first)
        runs += 1
        if (runs === 2) meet()
        await met
        await resize(tx, second)
      })
    await Promise.all([crossing('a', 'b'), crossing('b', 'a')])
    // The one that gave way may be back before the other has noticed, and meet it again.
    assert.ok(runs >= 3, `${runs} runs`)
    assert.deepEqual(learnt.sort(), ['a', 'b'])
    for (const name of ['a', 'b']) assert.equal((await db.read.first(findThing, { name }))?.size, 2)
  })

  test('a statement that takes too long is refused, and so is a verb that swallowed an error', async () => {
    await using at = await place()
    await using db = await migrated(at.url)
    await using hasty = await openPostgres({ url: at.url, statementTimeoutMs: 50 })
    await assert.rejects(
      hasty.inTx((tx) => sql`select pg_sleep(60)`.execute(tx.tables())),
      isUnavailable,
    )
    const swallowed = db.inTx(async (tx) => {
      await tx.first(addThing, { name: 'a', size: 1 })
      await tx.first(addThing, { name: 'a', size: 1 }).catch(() => {})
    })
    await assert.rejects(swallowed, /swallowed an error/)
    assert.deepEqual(await db.read.all(allThings, {}), [])
  })

  test('backup points to the tools of PostgreSQL', async () => {
    await using db = await openPostgres({ url: 'postgresql://127.0.0.1:1/none' })
    assert.equal(db.can.backup, false)
    await assert.rejects(
      db.backup('anywhere'),
      (error) => error instanceof Problem && /pg_dump/.test(error.hint ?? ''),
    )
  })
}

if (chosenEngines().includes('postgres')) describe('PostgreSQL', postgresTests)
