import assert from 'node:assert/strict'
import { test } from 'node:test'
import pino from 'pino'
import { startRetention, untilNight } from './retention.ts'

test('the night begins at three by the clock of the machine, for each server a little later', () => {
  const never = () => 0
  const at = (hours: number, minutes = 0) => new Date(2026, 10, 21, hours, minutes)
  assert.equal(untilNight(at(2), never), 3_600_000)
  assert.equal(untilNight(at(2, 59), never), 60_000)
  const next = new Date(at(3).getTime() + untilNight(at(3), never))
  assert.deepEqual([next.getDate(), next.getHours(), next.getMinutes()], [22, 3, 0])
  assert.equal(untilNight(at(2), () => 0.5) - untilNight(at(2), never), 15 * 60_000)
})

test('a night that fails is followed by the next, and a stop ends what is under way', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: new Date(2026, 10, 21, 12) })
  const lines: string[] = []
  let nights = 0
  let stops = 0
  const work = {
    async runDue() {
      nights++
      if (nights === 1) throw new Error('no answer')
    },
    async stop() {
      stops++
    },
  }
  const stop = startRetention(work, pino({ base: null }, { write: (line) => void lines.push(line) }))
  for (let days = 1; days <= 2; days++) {
    t.mock.timers.tick(86_400_000)
    await new Promise(setImmediate)
  }
  assert.ok(nights >= 1 && nights <= 2)
  assert.match(lines[0]!, /no answer/)
  await stop()
  assert.equal(stops, 1)
  const before = nights
  t.mock.timers.tick(3 * 86_400_000)
  await new Promise(setImmediate)
  assert.equal(nights, before)
})
