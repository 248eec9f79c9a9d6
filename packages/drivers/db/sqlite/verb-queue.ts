import { Bound, type Limits } from '../bound.ts'
import type { Tx } from '../database.ts'

export type Verb = (tx: Tx) => Promise<unknown>

export interface Waiting {
  readonly verb: Verb
  readonly bytes: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** A queue that never runs empty under load gives back what it has handed out after so many verbs. */
const COMPACT_AT = 1024

/** First come, first served, and bounded. */
export class VerbQueue {
  readonly #bound: Bound
  #queue: Waiting[] = []
  #next = 0

  constructor(limits: Limits) {
    this.#bound = new Bound(limits)
  }

  /** Verbs that have no answer yet. */
  get unanswered(): number {
    return this.#bound.count
  }

  get isEmpty(): boolean {
    return this.#next === this.#queue.length
  }

  async add<T>(verb: (tx: Tx) => Promise<T>, bytes: number): Promise<T> {
    this.#bound.enter(bytes)
    return new Promise((resolve, reject) => {
      this.#queue.push({ verb, bytes, resolve: resolve as (value: unknown) => void, reject })
    })
  }

  take(): Waiting | undefined {
    if (this.isEmpty) return undefined
    const taken = this.#queue[this.#next]!
    this.#next += 1
    if (this.#next >= COMPACT_AT || this.isEmpty) {
      this.#queue = this.#queue.slice(this.#next)
      this.#next = 0
    }
    return taken
  }

  resolve(waiting: Waiting, value: unknown): void {
    this.#bound.leave(waiting.bytes)
    waiting.resolve(value)
  }

  reject(waiting: Waiting, error: unknown): void {
    this.#bound.leave(waiting.bytes)
    waiting.reject(error)
  }

  /** Takes no more verbs. Resolves when the last accepted one has its answer. */
  close(): Promise<void> {
    return this.#bound.close()
  }
}
