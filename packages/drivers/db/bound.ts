import { closed, tooManyWaiting } from './problems.ts'

export interface Limits {
  /** Verbs accepted and not yet answered; one more is refused with REQUEST_LIMIT_EXCEEDED. @default 10_000 */
  readonly waitingVerbs: number
  /** Their estimated bytes together. @default 64 MiB */
  readonly waitingBytes: number
}

export const DEFAULT_LIMITS: Limits = { waitingVerbs: 10_000, waitingBytes: 64 * 2 ** 20 }

/** Counts what is accepted and not yet answered, and refuses what would be too much. */
export class Bound {
  readonly #limits: Limits
  #count = 0
  #bytes = 0
  #isClosed = false
  #whenEmpty: (() => void) | undefined

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** What is accepted and not yet answered. */
  get count(): number {
    return this.#count
  }

  /** Throws REQUEST_LIMIT_EXCEEDED, or TEMPORARILY_UNAVAILABLE after `close`. */
  enter(bytes: number): void {
    if (this.#isClosed) throw closed()
    const isFull = this.#count >= this.#limits.waitingVerbs || this.#bytes + bytes > this.#limits.waitingBytes
    // A single one may be larger than the whole bound; it then goes alone.
    if (isFull && this.#count > 0) throw tooManyWaiting()
    this.#count += 1
    this.#bytes += bytes
  }

  leave(bytes: number): void {
    this.#count -= 1
    this.#bytes -= bytes
    if (this.#count === 0) this.#whenEmpty?.()
  }

  /** Accepts no more. Resolves when the last one has left. */
  close(): Promise<void> {
    this.#isClosed = true
    return new Promise((resolve) => {
      if (this.#count === 0) resolve()
      else this.#whenEmpty = resolve
    })
  }
}
