import { SUBSCRIPTION_LIMITS } from '../subscription.ts'

/** Of the quick slots so many at most for receivers that have not answered yet: of what they are nobody knows. */
const UNTRIED = SUBSCRIPTION_LIMITS.underWayInAll / 2

/** Slots for receivers that are slow or fail, besides those of the others. */
const SLOW = 256

/** What is known of a receiver: its last answer was quick; it has given none; it is slow or fails. */
export type Pace = 'quick' | 'untried' | 'slow'

/** One request. */
export interface Slot {
  /** It takes long: its place is free for others from now on. Where the slow have none left, the oldest of them gives way. */
  makeSlow(): void
  leave(): void
}

interface Place {
  pace: Pace | 'left'
  readonly breakOff: () => void
}

/**
 * How many requests are under way. Those who answer share their slots with nobody who hangs for long: what takes long
 * moves over to the slow, at once, whatever it is that hangs and however many of it there are.
 */
export class Slots {
  readonly #counts = { quick: 0, untried: 0 }
  /** Who has been there for longest stands first. */
  readonly #slow = new Set<Place>()
  #underWay = 0
  #whenEmpty: (() => void)[] = []

  get underWay(): number {
    return this.#underWay
  }

  hasRoom(pace: Pace): boolean {
    if (pace === 'slow') return this.#slow.size < SLOW
    const { quick, untried } = this.#counts
    if (quick + untried >= SUBSCRIPTION_LIMITS.underWayInAll) return false
    return pace === 'quick' || untried < UNTRIED
  }

  /** @param breakOff ends the request, where its place is needed */
  enter(pace: Pace, breakOff: () => void): Slot {
    const place: Place = { pace: 'left', breakOff }
    this.#underWay += 1
    this.#move(place, pace)
    return {
      makeSlow: () => {
        if (place.pace === 'slow' || place.pace === 'left') return
        const [oldest] = this.#slow
        if (oldest !== undefined && !this.hasRoom('slow')) {
          this.#move(oldest, 'left')
          oldest.breakOff()
        }
        this.#move(place, 'slow')
      },
      leave: () => {
        this.#move(place, 'left')
        this.#underWay -= 1
        if (this.#underWay > 0) return
        for (const resolve of this.#whenEmpty.splice(0)) resolve()
      },
    }
  }

  #move(place: Place, to: Place['pace']): void {
    if (place.pace === 'slow') this.#slow.delete(place)
    else if (place.pace !== 'left') this.#counts[place.pace] -= 1
    place.pace = to
    if (to === 'slow') this.#slow.add(place)
    else if (to !== 'left') this.#counts[to] += 1
  }

  whenEmpty(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve()
    return new Promise((resolve) => this.#whenEmpty.push(resolve))
  }
}
