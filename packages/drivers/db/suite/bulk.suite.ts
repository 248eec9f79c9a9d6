import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '../database.ts'
import { allPoints, pointInsert } from './tables.ts'

export function bulkSuite(open: () => Promise<Database>): void {
  test('bulk inserts all rows and counts them', async () => {
    await using db = await open()
    const rows = Array.from({ length: 5_000 }, (_, i) => [i % 7, i, i / 3, i % 2 ? 'odd' : null])
    assert.equal(await db.inTx((tx) => tx.bulk(pointInsert('fail'), rows)), 5_000)
    assert.equal((await db.read.all(allPoints, {})).length, 5_000)
    assert.equal(await db.inTx((tx) => tx.bulk(pointInsert('ignore'), [])), 0)
  })

  test('ignore keeps the old row and counts only the new ones', async () => {
    await using db = await open()
    await db.inTx((tx) => tx.bulk(pointInsert('fail'), [[1, 1, 10, 'old']]))
    const count = await db.inTx((tx) =>
      tx.bulk(pointInsert('ignore'), [
        [1, 2, 20, 'new'],
        [1, 1, 11, 'again'],
      ]),
    )
    assert.equal(count, 1)
    assert.deepEqual(
      (await db.read.all(allPoints, {})).map(({ value }) => value),
      [10, 20],
    )
  })

  test('replace takes the new values of the columns outside the key', async () => {
    await using db = await open()
    await db.inTx((tx) =>
      tx.bulk(pointInsert('fail'), [
        [1, 1, 10, 'old'],
        [2, 2, 0, null],
      ]),
    )
    await db.inTx((tx) =>
      tx.bulk(pointInsert('replace'), [
        [1, 3, 30, null],
        [1, 1, 11, 'again'],
      ]),
    )
    assert.deepEqual(
      (await db.read.all(allPoints, {})).map(({ value, note }) => [value, note]),
      [
        [11, 'again'],
        [30, null],
        [0, null],
      ],
    )
  })

  test('fail refuses the whole verb', async () => {
    await using db = await open()
    await db.inTx((tx) => tx.bulk(pointInsert('fail'), [[1, 1, 10, null]]))
    await assert.rejects(
      db.inTx((tx) =>
        tx.bulk(pointInsert('fail'), [
          [1, 2, 1, null],
          [1, 1, 1, null],
        ]),
      ),
    )
    assert.equal((await db.read.all(allPoints, {})).length, 1)
  })

  for (const onClash of ['ignore', 'replace'] as const) {
    test(`${onClash} marks the rows that are really new, in the order given`, async () => {
      await using db = await open()
      await db.inTx((tx) =>
        tx.bulk(pointInsert('fail'), [
          [1, 5, 0, 'a'],
          [2, 1, 0, 'b'],
        ]),
      )
      const rows = [
        [2, 2, 1, 'new'],
        [1, 5, 1, 'old'],
        [1, 1, 1, 'new'],
        [2, 1, 1, 'old'],
      ]
      const marks = await db.inTx((tx) => tx.bulkMarked(pointInsert(onClash), rows))
      assert.deepEqual([...marks], [1, 0, 1, 0])
      const touched = (await db.read.all(allPoints, {})).filter(({ value }) => value === 1)
      assert.equal(touched.length, onClash === 'replace' ? 4 : 2)
    })
  }

  test('of rows that clash among themselves the first is new', async () => {
    await using db = await open()
    const rows = [
      [1, 1, 1, null],
      [1, 1, 2, null],
      [1, 2, 3, null],
    ]
    assert.deepEqual([...(await db.inTx((tx) => tx.bulkMarked(pointInsert('ignore'), rows)))], [1, 0, 1])
  })

  test('a row of the wrong width is refused before anything is written', async () => {
    await using db = await open()
    await assert.rejects(
      db.inTx((tx) =>
        tx.bulk(pointInsert('fail'), [
          [1, 1, 1, null],
          [1, 1],
        ]),
      ),
      /2 values/,
    )
    assert.deepEqual(await db.read.all(allPoints, {}), [])
  })
}
