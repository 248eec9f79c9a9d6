import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SideBySide } from './side-by-side.ts'

/** Tasks that end when they are told. */
function tasks() {
  const ends: PromiseWithResolvers<void>[] = []
  const task = () => {
    const end = Promise.withResolvers<void>()
    ends.push(end)
    return end.promise
  }
  return { ends, task }
}

test('no more run at once than there is room for', async () => {
  const { ends, task } = tasks()
  const lanes = new SideBySide(2)
  await lanes.start(task)
  await lanes.start(task)
  const third = lanes.start(task)
  await Promise.resolve()
  assert.equal(ends.length, 2)
  ends[1]!.resolve()
  await third
  assert.equal(ends.length, 3)
  ends[0]!.resolve()
  ends[2]!.resolve()
  await lanes.finish()
})

test('the first failure is told by whatever comes next, and the others end first', async () => {
  const { ends, task } = tasks()
  const lanes = new SideBySide(2)
  await lanes.start(task)
  await lanes.start(task)
  ends[1]!.reject(new Error('the first'))
  await assert.rejects(lanes.start(task), /the first/)
  assert.equal(ends.length, 2, 'nothing is begun any more')
  let settled = false
  const settling = lanes.settle().then(() => {
    settled = true
  })
  await Promise.resolve()
  assert.equal(settled, false)
  ends[0]!.reject(new Error('the second'))
  await settling
  await assert.rejects(lanes.finish(), /the first/)
})
