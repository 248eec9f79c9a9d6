import type { Logger } from 'pino'

const HOUR_MS = 3_600_000

/**
 * Forgets uploads in parts that nobody has finished: once an hour, and soon after the start for those of before.
 *
 * @param collect removes what has been untouched for too long; returns how many
 * @returns ends it; waits for a round that is under way
 */
export function startCollectingUploads(
  collect: () => Promise<number>,
  log: Logger,
  everyMs = HOUR_MS,
): () => Promise<void> {
  let running: Promise<void> | undefined
  const round = async () => {
    try {
      const collected = await collect()
      if (collected > 0) log.info({ collected }, 'abandoned uploads were removed')
    } catch (error) {
      log.error({ err: error }, 'abandoned uploads could not be removed; trying again later')
    } finally {
      running = undefined
    }
  }
  const timer = setInterval(() => {
    running ??= round()
  }, everyMs).unref()
  running = round()
  return async function stop() {
    clearInterval(timer)
    await running
  }
}
