import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Context } from '../context.ts'
import { waitForRun } from './wait-for-run.ts'

/** A run whose status is the next of the list each time it is asked for. */
function runOf(statuses: readonly string[]) {
  let asked = 0
  const get = async () => ({ run: { info: { status: statuses[Math.min(asked++, statuses.length - 1)] } } })
  const context = {
    orrery: async () => ({ runs: { get } }),
    settings: { wait: true, defaults: {} },
    signal: new AbortController().signal,
  } as unknown as Context
  const pauses: number[] = []
  const pauseFor = (async (ms: number) => {
    pauses.push(Math.round(ms))
  }) as unknown as Parameters<typeof waitForRun>[2]
  const wait = () =>
    waitForRun(context, { run: 'r'.repeat(32), experiment: undefined, timeout: undefined }, pauseFor)
  return { wait, pauses, asked: () => asked }
}

test('it asks ever more rarely, at most every ten seconds, until the run has ended', async () => {
  const { wait, pauses, asked } = runOf([...Array(12).fill('RUNNING'), 'FINISHED'])
  assert.equal((await wait()).info.status, 'FINISHED')
  assert.equal(asked(), 13)
  assert.deepEqual(pauses.slice(0, 3), [500, 750, 1125])
  assert.equal(Math.max(...pauses), 10_000)
})

test('a run that was scheduled is waited for, and one that was killed has failed', async () => {
  const { wait } = runOf(['SCHEDULED', 'RUNNING', 'KILLED'])
  await assert.rejects(wait(), { exit: 'FAILED', message: /ended as KILLED/ })
})
