import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Pace, Slots } from './slots.ts'

/** Requests that are numbered as they come. */
function open() {
  const slots = new Slots()
  const broken: number[] = []
  let next = 0
  const enter = (pace: Pace) => {
    const number = next++
    return slots.enter(pace, () => broken.push(number))
  }
  const fill = (pace: Pace) => {
    const entered = []
    while (slots.hasRoom(pace)) entered.push(enter(pace))
    return entered
  }
  return { slots, broken, enter, fill }
}

test('of receivers that have not answered yet, any number leaves room for those that have', () => {
  const { slots, fill } = open()
  assert.equal(fill('untried').length, 64)
  assert.equal(fill('slow').length, 256)
  assert.equal(fill('quick').length, 64)
  assert.equal(slots.underWay, 384)
})

test('whoever takes long gives its slot away, and comes back with none of them', () => {
  const { slots, fill } = open()
  const [first] = fill('quick')
  assert.equal(slots.hasRoom('quick'), false)
  first!.makeSlow()
  first!.makeSlow()
  assert.equal(fill('quick').length, 1)
  first!.leave()
  assert.equal(slots.hasRoom('quick'), false)
  assert.equal(fill('slow').length, 256)
})

test('where the slow have no room left, whoever has been there for longest gives way', () => {
  const { slots, broken, enter, fill } = open()
  const slow = fill('slow')
  slow[0]!.leave()
  const last = enter('slow')
  const late = [enter('quick'), enter('quick')]
  for (const slot of late) slot.makeSlow()
  assert.deepEqual(broken, [1, 2])
  assert.equal(slots.hasRoom('slow'), false)
  assert.equal(slots.underWay, 258)
  // Broken off, they leave when their sockets are closed: their places are not given twice.
  for (const slot of slow.slice(1, 3)) slot.leave()
  assert.equal(slots.hasRoom('slow'), false)
  last.leave()
  assert.equal(slots.hasRoom('slow'), true)
})

test('empty is when all have left', async () => {
  const { slots, enter } = open()
  await slots.whenEmpty()
  const [one, two] = [enter('slow'), enter('untried')]
  let isEmpty = false
  const empty = slots.whenEmpty().then(() => {
    isEmpty = true
  })
  one.leave()
  await Promise.resolve()
  assert.equal(isEmpty, false)
  two.leave()
  await empty
})
