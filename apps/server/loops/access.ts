import type { Logger } from 'pino'
import { startRepeating } from './repeat.ts'

const FOLLOW_EVERY_MS = 250
const TIDY_EVERY_MS = 60_000

/** What is done for accounts in the background. */
export interface AccessWork {
  /** Hears what other servers have changed; left out where there can be none. */
  readonly follow?: () => Promise<void>
  /** Writes when credentials were last used, and drops what has ended. */
  readonly tidy: () => Promise<void>
}

/** @returns ends both; writes what was put down until then */
export function startAccessWork({ follow, tidy }: AccessWork, log: Logger): () => Promise<void> {
  const start = (everyMs: number, step: () => Promise<void>, failure: string) =>
    startRepeating({
      everyMs,
      step,
      failed(error, isNew) {
        // Four times a second it would fill the log.
        if (isNew) log.error({ err: error }, `${failure}; trying again`)
      },
    })
  const stops = [start(TIDY_EVERY_MS, tidy, 'what has ended of accounts could not be dropped')]
  if (follow !== undefined) {
    stops.push(start(FOLLOW_EVERY_MS, follow, 'other servers’ changes of accounts could not be read'))
  }
  return async function stop() {
    await Promise.all(stops.map((each) => each()))
    await tidy().catch((error: unknown) => log.warn({ err: error }, 'last uses could not be written'))
  }
}
