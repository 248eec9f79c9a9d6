import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Problem } from '@orrery/base/kernel'
import { sql } from 'kysely'
import type { Database, Reads } from '../database.ts'
import { addThing, allPoints, allThings, pointInsert, type ThingTables } from './tables.ts'

/** A cross join of 81 million rows: seconds on either engine. */
async function askForLong(reads: Reads): Promise<unknown> {
  return reads
    .tables<ThingTables>()
    .selectFrom(['points as a', 'points as b', 'points as c', 'points as d'])
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where((eb) => eb.and([eb('b.step', '<', 30), eb('c.step', '<', 30), eb('d.step', '<', 30)]))
    .where(sql<boolean>`a.value + b.value + c.value + d.value < -1`)
    .execute()
}

async function withPoints(open: () => Promise<Database>): Promise<Database> {
  const db = await open()
  const rows = Array.from({ length: 3_000 }, (_, i) => [1, i, i, `note ${i}`])
  await db.inTx((tx) => tx.bulk(pointInsert('fail'), rows))
  return db
}

export function scanSuite(open: () => Promise<Database>): void {
  test('a scan answers as a read does, with rows of every type', async () => {
    await using db = await withPoints(open)
    await db.inTx((tx) => tx.bulk(pointInsert('fail'), [[2, 1, 0.5, null]]))
    const scanned = await db.scan((reads) => reads.all(allPoints, {}))
    assert.equal(scanned.length, 3_001)
    assert.deepEqual(scanned, await db.read.all(allPoints, {}))
  })

  test('a scan sees what was committed before it, and one moment only', async () => {
    await using db = await open()
    await db.inTx((tx) => tx.first(addThing, { name: 'before', size: 1 }))
    await db.scan(async (reads) => {
      assert.equal((await reads.all(allThings, {})).length, 1)
      await db.inTx((tx) => tx.first(addThing, { name: 'meanwhile', size: 1 }))
      assert.equal((await reads.all(allThings, {})).length, 1)
    })
    assert.equal((await db.scan((reads) => reads.all(allThings, {}))).length, 2)
  })

  test('more scans than there are threads take turns', async () => {
    await using db = await withPoints(open)
    const counts = await Promise.all(
      Array.from({ length: 12 }, () => db.scan(async (reads) => (await reads.all(allPoints, {})).length)),
    )
    assert.deepEqual(counts, Array(12).fill(3_000))
  })

  test('a scan that takes too long is refused at its deadline, and the next one has its place', async () => {
    await using db = await withPoints(open)
    const slow = Array.from({ length: 4 }, () => db.scan(askForLong, { deadlineMs: 50 }))
    for (const { status, reason } of (await Promise.allSettled(slow)) as PromiseRejectedResult[]) {
      assert.equal(status, 'rejected')
      assert.equal((reason as Problem).code, 'DEADLINE_EXCEEDED')
    }
    assert.equal((await db.scan((reads) => reads.all(allPoints, {}))).length, 3_000)
  })

  test('a caller who goes away ends the scan with the reason given', async () => {
    await using db = await withPoints(open)
    const caller = new AbortController()
    const scan = db.scan(
      async (reads) => {
        setImmediate(() => caller.abort(new Error('the client has gone')))
        return askForLong(reads)
      },
      { signal: caller.signal },
    )
    await assert.rejects(scan, /the client has gone/)
    await assert.rejects(db.scan(askForLong, { signal: caller.signal }), /the client has gone/)
    assert.equal((await db.scan((reads) => reads.all(allPoints, {}))).length, 3_000)
  })

  test('an error inside a scan is its own, and writing through it is refused', async () => {
    await using db = await withPoints(open)
    await assert.rejects(
      db.scan(async () => Promise.reject(new Error('mine'))),
      /mine/,
    )
    await assert.rejects(db.scan((reads) => reads.tables<ThingTables>().deleteFrom('points').execute()))
    await assert.rejects(db.read.tables<ThingTables>().deleteFrom('points').execute())
    assert.equal((await db.read.all(allPoints, {})).length, 3_000)
  })

  test('a scan keeps no verb waiting', async () => {
    await using db = await withPoints(open)
    const caller = new AbortController()
    const scan = db.scan(askForLong, { signal: caller.signal }).then(() => 'answered')
    const verb = db.inTx((tx) => tx.first(addThing, { name: 'a', size: 1 })).then(() => 'written')
    assert.equal(await Promise.race([scan, verb]), 'written')
    caller.abort(new Error('enough'))
    await assert.rejects(scan, /enough/)
  })
}
