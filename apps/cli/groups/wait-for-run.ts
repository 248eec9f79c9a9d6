import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from '../context.ts'
import { CliError, Failed } from '../exit-codes.ts'
import { runIdOf } from './find-run.ts'

interface Given {
  readonly run: string
  readonly experiment: string | undefined
  readonly timeout: number | undefined
}

const ENDED: ReadonlySet<string> = new Set(['FINISHED', 'FAILED', 'KILLED'])
const FIRST_PAUSE_MS = 500
const MOST_PAUSE_MS = 10_000

/** Asks ever more rarely; `pauseFor` is for tests. */
export async function waitForRun(context: Context, { run, experiment, timeout }: Given, pauseFor = pause) {
  const { orrery, settings, signal } = context
  const run_id = await runIdOf(context, run, experiment)
  const client = await orrery()
  const endMs = timeout === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeout * 1000
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(MOST_PAUSE_MS, pauseMs * 1.5)) {
    const { run: found } = await client.runs.get({ run_id }, { signal })
    const { status } = found.info
    if (status === 'FINISHED' || !settings.wait) return found
    if (ENDED.has(status)) throw new Failed(`Run ${run_id} has ended as ${status}.`, found)
    const leftMs = endMs - performance.now()
    if (leftMs <= 0)
      throw new CliError('UNREACHABLE', `Run ${run_id} is still ${status}.`, 'Wait longer with --timeout.')
    await pauseFor(Math.min(pauseMs, leftMs), undefined, { signal })
  }
}
