import assert from 'node:assert/strict'
import { test } from 'node:test'
import pino from 'pino'
import { startWorkspaceRemovals } from './workspace-removals.ts'

test('deleted workspaces are looked for when woken and every few seconds, whatever happened before', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
  let rounds = 0
  const signals: AbortSignal[] = []
  const workOff = async (signal: AbortSignal) => {
    signals.push(signal)
    rounds++
    if (rounds === 1) throw new Error('the disk is away')
  }
  const removals = startWorkspaceRemovals(workOff, pino({ level: 'silent' }), 1000)
  assert.equal(rounds, 0)
  removals.wake()
  assert.equal(rounds, 1)
  await new Promise(setImmediate)
  t.mock.timers.tick(1000)
  await new Promise(setImmediate)
  assert.equal(rounds, 2)
  t.mock.timers.tick(1000)
  await new Promise(setImmediate)
  assert.equal(rounds, 3)
  await removals.stop()
  t.mock.timers.tick(100_000)
  removals.wake()
  assert.equal(rounds, 3)
  assert.ok(signals.every(({ aborted }) => aborted))
})
