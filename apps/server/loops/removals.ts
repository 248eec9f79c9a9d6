import type { Logger } from 'pino'

/** A piece of background work that runs when there is some, one at a time, and ends when told. */
export interface Removals {
  /** There may be something to do. Returns at once. */
  readonly wake: () => void
  /** Breaks the work off at its next step; it goes on at the next start. */
  stop(): Promise<void>
}

/** How long to leave a failed piece of work alone. */
const PAUSE_MS = 30_000

/**
 * Works off what was deleted for good. Woken by each deletion and once at start, for what an earlier process left.
 *
 * @param workOff resolves when nothing is left, or when the signal aborts
 */
export function startRemovals(workOff: (signal: AbortSignal) => Promise<void>, log: Logger): Removals {
  const ending = new AbortController()
  let running: Promise<void> | undefined
  let again = false
  let pause: NodeJS.Timeout | undefined

  async function work(): Promise<void> {
    try {
      do {
        again = false
        await workOff(ending.signal)
      } while (again && !ending.signal.aborted)
    } catch (error) {
      log.error({ err: error }, 'removing what was deleted for good failed; trying again later')
      if (!ending.signal.aborted) pause = setTimeout(wake, PAUSE_MS).unref()
    } finally {
      running = undefined
    }
  }

  function wake(): void {
    again = true
    if (running === undefined && !ending.signal.aborted) running = work()
  }

  return {
    wake,
    async stop() {
      ending.abort()
      clearTimeout(pause)
      await running
    },
  }
}
