/** One attempt that failed. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number
  /** 0 where there was no answer. */
  readonly status: number
  /** Whether a repeat of a call that had its effect does no harm: GET, PUT and DELETE. */
  readonly isRepeatable: boolean
  readonly retryAfterSeconds: number | undefined
}

/** @returns milliseconds until the next attempt, or undefined to give up */
export type RetryPolicy = (failed: Attempt) => number | undefined

const MOST_PAUSE_MS = 20_000
const MOST_RETRY_AFTER_SECONDS = 120

/**
 * Repeats 429 and 503, which this server sends before it has done anything, and for repeatable calls also 408, 502, 504
 * and broken connections. Pauses double from 500 ms with full jitter; `Retry-After` wins over them.
 *
 * @param most attempts altogether
 * @param random 0 to 1
 */
export function retries(most = 5, random: () => number = Math.random): RetryPolicy {
  return ({ number, status, isRepeatable, retryAfterSeconds }) => {
    if (number >= most) return undefined
    const isRefusal = status === 429 || status === 503
    if (!isRefusal && !(isRepeatable && [0, 408, 502, 504].includes(status))) return undefined
    if (retryAfterSeconds !== undefined) {
      return retryAfterSeconds > MOST_RETRY_AFTER_SECONDS ? undefined : retryAfterSeconds * 1000
    }
    return random() * Math.min(MOST_PAUSE_MS, 250 * 2 ** number)
  }
}
