import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database, Gather } from '../database.ts'
import { addThing, allThings, findThing, type ThingTables } from './tables.ts'

async function names(db: Database): Promise<string[]> {
  return (await db.read.all(allThings, {})).map(({ name }) => name)
}

export function transactionSuite(open: () => Promise<Database>): void {
  test('a verb gives back what it returns, and its rows can be read', async () => {
    await using db = await open()
    const added = await db.inTx((tx) => tx.first(addThing, { name: 'a', size: 1.5 }))
    assert.deepEqual(added, { thing_key: 1 })
    assert.deepEqual(await db.read.first(findThing, { name: 'a' }), { thing_key: 1, name: 'a', size: 1.5 })
  })

  test('nothing is kept of a verb that throws, and the error is its own', async () => {
    await using db = await open()
    const error = new Error('changed my mind')
    const verb = db.inTx(async (tx) => {
      await tx.first(addThing, { name: 'a', size: 1 })
      throw error
    })
    await assert.rejects(verb, (thrown) => thrown === error)
    assert.deepEqual(await names(db), [])
  })

  test('what has no answer yet is counted', async () => {
    await using db = await open()
    const verbs = ['a', 'b'].map((name) => db.inTx((tx) => tx.first(addThing, { name, size: null })))
    assert.equal(db.unanswered, 2)
    await Promise.all(verbs)
    assert.equal(db.unanswered, 0)
  })

  test('verbs that arrive together stand or fall each for itself', async () => {
    await using db = await open()
    const answers = await Promise.allSettled(
      ['a', 'b', 'a', 'c'].map((name) => db.inTx((tx) => tx.first(addThing, { name, size: null }))),
    )
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 3)
    assert.deepEqual((await names(db)).sort(), ['a', 'b', 'c'])
  })

  test('a verb sees its own writes before they are committed, and nobody else does', async () => {
    await using db = await open()
    await db.inTx(async (tx) => {
      await tx.first(addThing, { name: 'a', size: 1 })
      assert.equal((await tx.first(findThing, { name: 'a' }))?.size, 1)
      assert.equal((await tx.tables<ThingTables>().selectFrom('things').selectAll().execute()).length, 1)
    })
    assert.deepEqual(await names(db), ['a'])
  })

  test('a built query writes and reads inside a verb', async () => {
    await using db = await open()
    await db.inTx(async (tx) => {
      const k = tx.tables<ThingTables>()
      await k.insertInto('things').values({ name: 'a', size: 1 }).execute()
      const { numUpdatedRows } = await k.updateTable('things').set({ size: 2 }).executeTakeFirstOrThrow()
      assert.equal(numUpdatedRows, 1n)
    })
    assert.equal((await db.read.first(findThing, { name: 'a' }))?.size, 2)
  })

  test('caches learn after the commit, in order, and never of what was rolled back', async () => {
    await using db = await open()
    const learnt: string[] = []
    const verbs = ['a', 'b', 'c'].map((name) =>
      db.inTx(async (tx) => {
        tx.afterCommit(() => learnt.push(name))
        await tx.first(addThing, { name, size: 1 })
        assert.equal(learnt.includes(name), false)
        if (name === 'b') throw new Error('no')
      }),
    )
    await Promise.allSettled(verbs)
    assert.deepEqual(learnt.sort(), ['a', 'c'])
  })

  test('what verbs leave is gathered before the commit, without that of a verb that is rolled back', async () => {
    await using db = await open()
    const steps: string[] = []
    const gather: Gather<string> = async (tx, items) => {
      for (const item of items) await tx.first(addThing, { name: `gathered ${item}`, size: 1 })
      tx.afterCommit(() => steps.push(`${items.join()} committed`))
    }
    const verbs = ['a', 'b', 'c'].map((name) =>
      db.inTx(async (tx) => {
        tx.beforeCommit(gather, name)
        await tx.first(addThing, { name, size: 1 })
        if (name === 'b') throw new Error('no')
      }),
    )
    await Promise.allSettled(verbs)
    assert.deepEqual((await names(db)).sort(), ['a', 'c', 'gathered a', 'gathered c'])
    assert.deepEqual(steps.sort(), db.can.soleWriter ? ['a,c committed'] : ['a committed', 'c committed'])
  })

  test('items of one verb are gathered together, in their order', async () => {
    await using db = await open()
    const seen: string[][] = []
    const gather: Gather<string> = async (_, items) => void seen.push([...items])
    const other: Gather<string> = async (_, items) => void seen.push([...items])
    await db.inTx(async (tx) => {
      tx.beforeCommit(gather, 'a')
      tx.beforeCommit(other, 'b')
      tx.beforeCommit(gather, 'c')
    })
    assert.deepEqual(seen, [['a', 'c'], ['b']])
  })

  test('where gathering fails, nothing is kept', async () => {
    await using db = await open()
    const gather: Gather<string> = async (tx) => {
      await tx.first(addThing, { name: 'gathered', size: 1 })
      throw new Error('the gatherer is full')
    }
    const verb = db.inTx(async (tx) => {
      await tx.first(addThing, { name: 'a', size: 1 })
      tx.beforeCommit(gather, 'a')
    })
    await assert.rejects(verb)
    assert.deepEqual(await names(db), [])
    await db.inTx((tx) => tx.first(addThing, { name: 'b', size: 1 }))
    assert.deepEqual(await names(db), ['b'])
  })

  test('a tx that has ended refuses every call', async () => {
    await using db = await open()
    const kept = await db.inTx(async (tx) => tx)
    await assert.rejects(kept.first(addThing, { name: 'late', size: 1 }), /has ended/)
    await assert.rejects(kept.tables<ThingTables>().deleteFrom('things').execute(), /has ended/)
    assert.throws(() => kept.afterCommit(() => {}), /has ended/)
    assert.throws(() => kept.beforeCommit(async () => {}, 'late'), /has ended/)
    assert.deepEqual(await names(db), [])
  })

  test('more verbs than may wait are refused with the time after which to ask again', async () => {
    await using db = await open()
    const answers = await Promise.allSettled(
      Array.from({ length: 12_000 }, (_, i) => db.inTx(async () => i, { bytes: 1 })),
    )
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
    assert.equal(refused.length, 2_000)
    assert.equal(refused[0].code, 'REQUEST_LIMIT_EXCEEDED')
    assert.equal(refused[0].retryAfterSeconds, 1)
    assert.equal(await db.inTx(async () => 'again'), 'again')
  })

  test('large verbs fill the queue by their bytes, and one alone may be larger than all', async () => {
    await using db = await open()
    const large = { bytes: 100 * 2 ** 20 }
    const [first, second] = await Promise.allSettled([
      db.inTx(async () => 1, large),
      db.inTx(async () => 2, large),
    ])
    assert.equal(first.status, 'fulfilled')
    assert.equal(second.status, 'rejected')
  })

  test('closing finishes what was accepted and refuses the rest', async () => {
    await using db = await open()
    const accepted = db.inTx((tx) => tx.first(addThing, { name: 'a', size: 1 }))
    const closing = db.close()
    await assert.rejects(
      db.inTx(async () => 1),
      /closed/,
    )
    assert.deepEqual(await accepted, { thing_key: 1 })
    await closing
  })
}
