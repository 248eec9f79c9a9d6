import type { LoggedEvent } from '../log.ts'

/** How much of the end of the log is kept in memory. */
export interface RingLimits {
  readonly events: number
  readonly bytes: number
}

interface Kept {
  readonly event: LoggedEvent
  readonly bytes: number
}

/**
 * The end of the log in memory: everything behind `from` up to `upTo`. Positions may be missing where retention has
 * been; what lies between the two and is not here is not in the log.
 */
export class Ring {
  readonly #limits: RingLimits
  #kept: Kept[] = []
  /** Entries before it are let go; the list is cut when half of it is. */
  #start = 0
  #bytes = 0
  #from: number
  #upTo: number

  constructor(limits: RingLimits, at: number) {
    this.#limits = limits
    this.#from = at
    this.#upTo = at
  }

  get upTo(): number {
    return this.#upTo
  }

  /** Whether what follows a position, or some of it, is here. */
  covers(position: number): boolean {
    return position >= this.#from && position < this.#upTo
  }

  /**
   * Everything behind `from` up to `upTo`. What does not begin where the ring ends is passed by if it is older, and
   * takes its place if it is newer and `mayLeap`.
   */
  extend(from: number, upTo: number, events: readonly Kept[], mayLeap: boolean): void {
    if (upTo <= this.#upTo) return
    if (from !== this.#upTo) {
      if (!mayLeap || from < this.#upTo) return
      this.#kept = []
      this.#start = 0
      this.#bytes = 0
      this.#from = from
    }
    for (const kept of events) {
      this.#kept.push(kept)
      this.#bytes += kept.bytes
    }
    this.#upTo = upTo
    this.#letGo()
  }

  /** Oldest first. @param position one that is covered */
  after(position: number, limit: number): LoggedEvent[] {
    const at = this.#firstBehind(position)
    return this.#kept.slice(at, at + limit).map(({ event }) => event)
  }

  #firstBehind(position: number): number {
    let low = this.#start
    let high = this.#kept.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#kept[middle]!.event.position <= position) low = middle + 1
      else high = middle
    }
    return low
  }

  #letGo(): void {
    const { events, bytes } = this.#limits
    while (
      this.#kept.length - this.#start > events ||
      (this.#bytes > bytes && this.#start < this.#kept.length)
    ) {
      const gone = this.#kept[this.#start++]!
      this.#bytes -= gone.bytes
      this.#from = gone.event.position
    }
    if (this.#start * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#start)
      this.#start = 0
    }
  }
}
