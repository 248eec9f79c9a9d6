import type { Logger } from 'pino'
import { startRepeating } from './repeat.ts'

const HOUR_MS = 3_600_000

/**
 * Removes what clients have begun and never finished: once an hour, and soon after the start for what was before.
 *
 * @param what for the log: `uploads`
 * @param collect removes what has been untouched for too long; returns how many
 * @param did for the log: what became of them
 * @returns ends it; waits for a round that is under way
 */
export function startCollecting(
  what: string,
  collect: () => Promise<number>,
  log: Logger,
  everyMs = HOUR_MS,
  did = 'were removed',
): () => Promise<void> {
  return startRepeating({
    everyMs,
    firstAfterMs: 0,
    async step() {
      const collected = await collect()
      if (collected > 0) log.info({ collected }, `abandoned ${what} ${did}`)
    },
    failed(error) {
      log.error({ err: error }, `abandoned ${what} could not be looked after; trying again later`)
    },
  })
}
