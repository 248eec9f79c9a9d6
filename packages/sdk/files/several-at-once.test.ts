import assert from 'node:assert/strict'
import { test } from 'node:test'
import { severalAtOnce } from './several-at-once.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('all items are worked on, so many at a time and no more', async () => {
  let now = 0
  let most = 0
  const done: number[] = []
  await severalAtOnce([1, 2, 3, 4, 5, 6, 7], 3, undefined, async (item) => {
    most = Math.max(most, ++now)
    await turn()
    now--
    done.push(item)
  })
  assert.equal(most, 3)
  assert.deepEqual(done.toSorted(), [1, 2, 3, 4, 5, 6, 7])
})

test('undefined is an item like others', async () => {
  let count = 0
  await severalAtOnce([undefined, undefined], 1, undefined, async () => {
    count++
  })
  assert.equal(count, 2)
})

test('the first failure stops the rest: those under way by their signal, those to come by not beginning', async () => {
  const failure = new Error('bad')
  const begun: number[] = []
  let isClosed = false
  async function* items() {
    try {
      for (let i = 0; i < 100; i++) yield i
    } finally {
      isClosed = true
    }
  }
  const work = severalAtOnce(items(), 2, undefined, async (item, signal) => {
    begun.push(item)
    if (item === 1) throw failure
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  await assert.rejects(work, failure)
  assert.deepEqual(begun, [0, 1])
  assert.ok(isClosed)
})

test('items that cannot be had end it', async () => {
  const failure = new Error('no more')
  async function* items() {
    yield 1
    throw failure
  }
  await assert.rejects(
    severalAtOnce(items(), 4, undefined, async () => {}),
    failure,
  )
})

test('the caller’s signal ends it with its reason', async () => {
  const stop = new AbortController()
  const reason = new Error('enough')
  const work = severalAtOnce([1, 2, 3], 1, stop.signal, async () => stop.abort(reason))
  await assert.rejects(work, reason)
})
