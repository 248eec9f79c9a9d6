import { Problem } from '@orrery/base/kernel'

/** Lets one computation run at a time: of 16 at once each commit's sync, which needs a thread too, waited 2.2 s. */
export interface ScryptQueue {
  /**
   * @param from address of whoever asks: nobody may fill the queue alone
   * @throws REQUEST_LIMIT_EXCEEDED where too many wait already
   */
  run<T>(from: string, work: () => Promise<T>): Promise<T>
}

const AT_MOST = 20
const AT_MOST_FROM_ONE = 10
/** What a computation takes, about. */
const SECONDS_EACH = 0.5

export function makeScryptQueue(): ScryptQueue {
  const waiting = new Map<string, number>()
  let all = 0
  let last: Promise<unknown> = Promise.resolve()

  function leave(from: string): void {
    all -= 1
    const left = waiting.get(from)! - 1
    if (left === 0) waiting.delete(from)
    else waiting.set(from, left)
  }

  return {
    run(from, work) {
      const own = waiting.get(from) ?? 0
      if (all >= AT_MOST || own >= AT_MOST_FROM_ONE) {
        return Promise.reject(
          new Problem('REQUEST_LIMIT_EXCEEDED', 'Too many passwords wait to be checked.', {
            hint: 'Repeat in a few seconds, or use a token: those are checked at once.',
            retryAfterSeconds: Math.ceil(all * SECONDS_EACH),
          }),
        )
      }
      all += 1
      waiting.set(from, own + 1)
      const done = last.then(work)
      last = done.then(
        () => leave(from),
        () => leave(from),
      )
      return done
    },
  }
}
