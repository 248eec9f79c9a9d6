import type { Tx } from '../database.ts'
import { closed, tooManyWaiting } from './faults.ts'

export type Verb = (tx: Tx) => Promise<unknown>

export interface Waiting {
  readonly verb: Verb
  readonly bytes: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

export interface QueueLimits {
  /** Verbs accepted and not yet answered; one more is refused with REQUEST_LIMIT_EXCEEDED. @default 10_000 */
  readonly waitingVerbs: number
  /** Their estimated bytes together. @default 64 MiB */
  readonly waitingBytes: number
}

/** First come, first served, and bounded: what is accepted but not yet answered counts, run or not. */
export class VerbQueue {
  readonly #limits: QueueLimits
  #queue: Waiting[] = []
  #next = 0
  #unanswered = 0
  #bytes = 0
  #closed = false
  #whenEmpty: (() => void) | undefined

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  get isEmpty(): boolean {
    return this.#next === this.#queue.length
  }

  add<T>(verb: (tx: Tx) => Promise<T>, bytes: number): Promise<T> {
    if (this.#closed) return Promise.reject(closed())
    const { waitingVerbs, waitingBytes } = this.#limits
    const isFull = this.#unanswered >= waitingVerbs || this.#bytes + bytes > waitingBytes
    // A single verb may be larger than the whole bound; it then goes alone.
    if (isFull && this.#unanswered > 0) return Promise.reject(tooManyWaiting())
    this.#unanswered += 1
    this.#bytes += bytes
    return new Promise((resolve, reject) => {
      this.#queue.push({ verb, bytes, resolve: resolve as (value: unknown) => void, reject })
    })
  }

  take(): Waiting | undefined {
    if (this.isEmpty) return undefined
    const taken = this.#queue[this.#next]!
    this.#next += 1
    if (this.isEmpty) {
      this.#queue = []
      this.#next = 0
    }
    return taken
  }

  resolve(waiting: Waiting, value: unknown): void {
    this.#leave(waiting)
    waiting.resolve(value)
  }

  reject(waiting: Waiting, error: unknown): void {
    this.#leave(waiting)
    waiting.reject(error)
  }

  /** Takes no more verbs. Resolves when the last accepted one has its answer. */
  close(): Promise<void> {
    this.#closed = true
    return new Promise((resolve) => {
      if (this.#unanswered === 0) resolve()
      else this.#whenEmpty = resolve
    })
  }

  #leave({ bytes }: Waiting): void {
    this.#unanswered -= 1
    this.#bytes -= bytes
    if (this.#unanswered === 0) this.#whenEmpty?.()
  }
}
