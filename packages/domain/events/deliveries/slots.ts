import { SUBSCRIPTION_LIMITS } from '../subscription.ts'

/** Slots for receivers that are slow or fail, besides those of the others. */
const SLOW = 96

/** One request. */
export interface Slot {
  /** It takes long: its place is free for others from now on. @returns whether there was room among the slow */
  makeSlow(): boolean
  leave(): void
}

/** How many requests are under way, those of slow receivers apart from the rest. */
export class Slots {
  #quick = 0
  #slow = 0
  #whenEmpty: (() => void)[] = []

  get underWay(): number {
    return this.#quick + this.#slow
  }

  hasRoom(isSlow: boolean): boolean {
    return isSlow ? this.#slow < SLOW : this.#quick < SUBSCRIPTION_LIMITS.underWayInAll
  }

  enter(isSlow: boolean): Slot {
    let slow = isSlow
    const count = (by: number) => {
      if (slow) this.#slow += by
      else this.#quick += by
    }
    count(1)
    return {
      makeSlow: () => {
        if (slow || !this.hasRoom(true)) return false
        count(-1)
        slow = true
        count(1)
        return true
      },
      leave: () => {
        count(-1)
        if (this.underWay > 0) return
        for (const resolve of this.#whenEmpty.splice(0)) resolve()
      },
    }
  }

  whenEmpty(): Promise<void> {
    if (this.underWay === 0) return Promise.resolve()
    return new Promise((resolve) => this.#whenEmpty.push(resolve))
  }
}
