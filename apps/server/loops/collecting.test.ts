import assert from 'node:assert/strict'
import { test } from 'node:test'
import pino from 'pino'
import { startCollecting } from './collecting.ts'

test('what was abandoned is collected at the start and again, whatever happened before', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let rounds = 0
  const collect = async () => {
    rounds++
    if (rounds === 1) throw new Error('the disk is away')
    return 1
  }
  const stop = startCollecting('uploads', collect, pino({ level: 'silent' }), 1000)
  assert.equal(rounds, 1)
  await new Promise(setImmediate)
  t.mock.timers.tick(1000)
  assert.equal(rounds, 2)
  await stop()
  t.mock.timers.tick(5000)
  assert.equal(rounds, 2)
})
