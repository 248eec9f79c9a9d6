import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '../database.ts'
import { type ColumnTypes, copyRows } from '../index.ts'
import { addThing, allPoints, allThings, pointInsert, type ThingTables, thingModule } from './tables.ts'

/** @param openOther a database on the other engine, or on the same */
export function copySuite(open: () => Promise<Database>, openOther: () => Promise<Database>): void {
  test('a copy has every row as it was, and gives no key again', async () => {
    await using from = await open()
    await using to = await openOther()
    const rows = Array.from({ length: 7_000 }, (_, i) => [
      i % 3,
      Math.floor(i / 3) - 1_000,
      [0.1, -1e308, Number.POSITIVE_INFINITY, 5e-324, 3][i % 5]!,
      i % 2 === 0 ? null : `"é\n{,}\\ 🚀 ${'x'.repeat(i === 4_001 ? 3_000_000 : i % 50)}`,
    ])
    await from.inTx((tx) => tx.bulk(pointInsert('fail'), rows))
    await from.inTx((tx) => tx.bulk(pointInsert('fail'), [[9, Number.MAX_SAFE_INTEGER, 0, '']]))
    const key = await from.inTx(async (tx) => {
      for (const name of ['a', 'B', 'é']) await tx.first(addThing, { name, size: null })
      const last = await tx.first(addThing, { name: 'gone', size: 1 })
      await tx.tables<ThingTables>().deleteFrom('things').where('name', '=', 'gone').execute()
      return Number(last!.thing_key)
    })
    // What the target had goes.
    await to.inTx((tx) => tx.first(addThing, { name: 'stranger', size: 1 }))

    const copied = await copyRows(from, to)
    assert.deepEqual(Object.fromEntries(copied), { points: 7_001, things: 3 })
    assert.deepEqual(await to.read.all(allThings, {}), await from.read.all(allThings, {}))
    const points = (db: Database) => db.scan((reads) => reads.all(allPoints, {}))
    assert.deepEqual(await points(to), await points(from))
    const next = await to.inTx((tx) => tx.first(addThing, { name: 'next', size: 1 }))
    assert.equal(Number(next!.thing_key), key + 1)
    await to.migrate([thingModule])
  })

  test('a copy is of one moment', async () => {
    await using from = await open()
    await using to = await openOther()
    await from.inTx((tx) =>
      tx.bulk(
        pointInsert('fail'),
        Array.from({ length: 60 }, (_, i) => [1, i, i, 'x'.repeat(100_000)]),
      ),
    )
    const inTx = to.inTx.bind(to)
    let writes = 0
    to.inTx = async (verb, options) => {
      const done = await inTx(verb, options)
      // The first one marks the target, the second empties a table, the third brings the first page of it.
      if (++writes === 3) {
        await from.inTx((tx) => tx.bulk(pointInsert('fail'), [[1, 1_000, 1, null]]))
        await from.inTx((tx) => tx.first(addThing, { name: 'late', size: 1 }))
      }
      return done
    }
    assert.deepEqual(Object.fromEntries(await copyRows(from, to)), { points: 60, things: 0 })
  })

  test('no more than a page is in memory at once, however long the rows become', async () => {
    await using from = await open()
    await using to = await openOther()
    const lengths = [...Array(200).fill(1), ...Array(12).fill(1_500_000), 6_000_000, 1, 1]
    for (const [step, length] of lengths.entries()) {
      await from.inTx((tx) => tx.bulk(pointInsert('fail'), [[1, step, 0, 'x'.repeat(length)]]))
    }
    const pages: number[] = []
    const inTx = to.inTx.bind(to)
    to.inTx = (verb, options) =>
      inTx(async (tx) => {
        const { bulk } = tx
        tx.bulk = (insert, rows) => {
          pages.push(rows.reduce((sum, row) => sum + String(row.at(-1)).length, 0))
          return bulk.call(tx, insert, rows)
        }
        try {
          return await verb(tx)
        } finally {
          tx.bulk = bulk
        }
      }, options)
    await copyRows(from, to)
    assert.deepEqual(pages, [3_000_200, ...Array(5).fill(3_000_000), 6_000_000, 2])
  })

  test('no server opens what was copied in part', async () => {
    await using from = await open()
    await using to = await openOther()
    await from.inTx((tx) => tx.first(addThing, { name: 'a', size: 1 }))
    const inTx = to.inTx.bind(to)
    let writes = 0
    to.inTx = (verb, options) => {
      if (++writes === 4) throw new Error('the test says no')
      return inTx(verb, options)
    }
    await assert.rejects(copyRows(from, to), /the test says no/)
    await assert.rejects(to.migrate([thingModule]), /holds a part of a backup/)
  })

  test('a database with other tables is not copied', async () => {
    await using from = await open()
    await using to = await openOther()
    const [first] = thingModule.migrations
    const second = {
      number: 2,
      name: 'one more',
      up: (t: ColumnTypes) => [`alter table things add column more ${t.text}`],
    }
    await from.migrate([{ module: 'things', migrations: [first!, second] }])
    await assert.rejects(copyRows(from, to), /tables are those of another version/)
    // The same columns by another history are other tables too.
    await to.migrate([{ module: 'things', migrations: [first!, { ...second, name: 'another' }] }])
    await assert.rejects(copyRows(from, to), /tables are those of another version/)
  })
}
