import type { Logger } from 'pino'

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
  const stops = [repeat(TIDY_EVERY_MS, tidy, 'what has ended of accounts could not be dropped', log)]
  if (follow !== undefined) {
    stops.push(repeat(FOLLOW_EVERY_MS, follow, 'other servers’ changes of accounts could not be read', log))
  }
  return async function stop() {
    await Promise.all(stops.map((each) => each()))
    await tidy().catch((error: unknown) => log.warn({ err: error }, 'last uses could not be written'))
  }
}

/** One step at a time. A failure is logged once and not each time until it has worked again. */
function repeat(
  everyMs: number,
  step: () => Promise<void>,
  failure: string,
  log: Logger,
): () => Promise<void> {
  let running: Promise<void> | undefined
  let isFailing = false
  const round = async () => {
    try {
      await step()
      isFailing = false
    } catch (error) {
      if (!isFailing) log.error({ err: error }, `${failure}; trying again`)
      isFailing = true
    } finally {
      running = undefined
    }
  }
  const timer = setInterval(() => {
    running ??= round()
  }, everyMs).unref()
  return async function stop() {
    clearInterval(timer)
    await running
  }
}
