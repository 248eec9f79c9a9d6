import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { type Changes, type Concerned, makeChanges } from './changes.ts'
import { accessMigrations } from './index.ts'

function listen(db: Database, clock: () => number): { changes: Changes; heard: Concerned[] } {
  const changes = makeChanges({ db, clock })
  const heard: Concerned[] = []
  changes.onForget((concerned) => void heard.push(concerned))
  return { changes, heard }
}

eachEngine('changes of access', [accessMigrations], (open, engine) => {
  test('are forgotten here after the commit, and by others when they ask', async () => {
    await using db = await open()
    const one = listen(db, () => 0)
    const other = listen(db, () => 0)
    await other.changes.follow()
    other.heard.length = 0
    await db.inTx(async (tx) => {
      await one.changes.turn(tx)
      await one.changes.change(tx, { principal: 3 }, { principal: 4, workspace: 1 })
      assert.deepEqual(one.heard, [])
    })
    assert.deepEqual(one.heard, [{ principal: 3 }, { principal: 4, workspace: 1 }])
    assert.deepEqual(other.heard, [])
    await other.changes.follow()
    assert.deepEqual(other.heard, one.heard)
    await other.changes.follow()
    assert.equal(other.heard.length, 2)
  })

  test('what failed is not told', async () => {
    await using db = await open()
    const one = listen(db, () => 0)
    await one.changes.follow()
    one.heard.length = 0
    const before = one.changes.moment()
    const failing = db.inTx(async (tx) => {
      await one.changes.change(tx, { principal: 3 })
      throw new Error('no')
    })
    await assert.rejects(failing, /no/)
    await one.changes.follow()
    assert.deepEqual([one.heard, one.changes.moment()], [[], before])
  })

  test('a gap forgets everything', async () => {
    await using db = await open()
    const one = listen(db, () => 0)
    const other = listen(db, () => 0)
    await other.changes.follow()
    other.heard.length = 0
    await db.inTx((tx) => one.changes.change(tx, { principal: 3 }, { principal: 4 }))
    await db.inTx(async (tx) => {
      await tx.tables<{ access_changes: { version: number } }>().deleteFrom('access_changes').execute()
    })
    await other.changes.follow()
    assert.deepEqual(other.heard, [{}])
    await db.inTx((tx) => one.changes.change(tx, { workspace: 5 }))
    await other.changes.follow()
    assert.deepEqual(other.heard, [{}, { workspace: 5 }])
  })

  test('more than a slice are read to the end', async () => {
    await using db = await open()
    const one = listen(db, () => 0)
    const other = listen(db, () => 0)
    await other.changes.follow()
    other.heard.length = 0
    const many = Array.from({ length: 1001 }, (_, principal) => ({ principal }))
    await db.inTx((tx) => one.changes.change(tx, ...many))
    await other.changes.follow()
    assert.deepEqual(other.heard, many)
  })

  test('where others write, nothing is believed a second after the last answer', async () => {
    await using db = await open()
    let now = 10_000
    const { changes } = listen(db, () => now)
    assert.equal(changes.believes(), db.can.soleWriter)
    await changes.follow()
    assert.ok(changes.believes())
    now += 1000
    assert.ok(changes.believes())
    now += 1
    assert.equal(changes.believes(), engine === 'sqlite')
  })

  test('transactions that changed at once are told in the order of their numbers', async () => {
    await using db = await open()
    const one = listen(db, () => 0)
    await one.changes.follow()
    one.heard.length = 0
    const other = listen(db, () => 0)
    await other.changes.follow()
    other.heard.length = 0
    let left = 20
    const changing = Array.from({ length: left }, async (_, principal) => {
      await db.inTx((tx) => one.changes.change(tx, { principal }))
      left -= 1
    })
    // One after the other, as the loop of a server asks.
    while (left > 0) {
      await other.changes.follow()
      await setImmediate()
    }
    await Promise.all(changing)
    await other.changes.follow()
    const heard = new Set(other.heard.map(({ principal }) => principal))
    assert.equal(heard.size, 20)
  })
})
