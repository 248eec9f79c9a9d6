import { type Clock, Problem } from '@orrery/base/kernel'
import { networkOf } from '@orrery/domain/access'

/** Lets so many requests of a kind pass from one place in a minute. */
export interface FewFromOne {
  /** @throws REQUEST_LIMIT_EXCEEDED beyond, with how long to wait */
  mustBeFew(address: string): void
}

const MINUTE = 60_000
/** A place is forgotten with its minute; of more than so many at once the oldest go. */
const REMEMBERED = 10_000

/** Kept in memory, by `networkOf`. @param what begins the sentence, such as "sign-ons" */
export function makeFewFromOne({
  clock,
  aMinute,
  what,
}: {
  clock: Clock
  aMinute: number
  what: string
}): FewFromOne {
  const places = new Map<string, { count: number; endsAt: number }>()
  return {
    mustBeFew(address) {
      const now = clock()
      const place = networkOf(address)
      const known = places.get(place)
      const window = known === undefined || now >= known.endsAt ? { count: 0, endsAt: now + MINUTE } : known
      if (window.count >= aMinute) {
        const seconds = Math.ceil((window.endsAt - now) / 1000)
        throw new Problem('REQUEST_LIMIT_EXCEEDED', `Too many ${what} from this address.`, {
          hint: `Wait ${seconds} seconds.`,
          retryAfterSeconds: seconds,
        })
      }
      window.count += 1
      places.delete(place)
      places.set(place, window)
      if (places.size > REMEMBERED) places.delete(places.keys().next().value!)
    },
  }
}
