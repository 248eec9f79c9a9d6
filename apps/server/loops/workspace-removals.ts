import type { Logger } from 'pino'
import { type Removals, startRemovals } from './removals.ts'

const EVERY_MS = 10_000

/**
 * Works off deleted workspaces. Each is left alone for some seconds, and another server may have deleted it: so besides
 * being woken it looks by itself every few seconds, which is one question to an index that is nearly always empty.
 *
 * @param workOff resolves when nothing is left that may go yet, or when the signal aborts
 */
export function startWorkspaceRemovals(
  workOff: (signal: AbortSignal) => Promise<void>,
  log: Logger,
  everyMs = EVERY_MS,
): Removals {
  const removals = startRemovals(workOff, log)
  const timer = setInterval(removals.wake, everyMs).unref()
  return {
    wake: removals.wake,
    async stop() {
      clearInterval(timer)
      await removals.stop()
    },
  }
}
