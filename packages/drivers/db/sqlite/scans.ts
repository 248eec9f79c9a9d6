import type { Reads, ScanOptions } from '../database.ts'
import { withDeadline } from '../deadline.ts'
import { closed, tooManyWaiting } from '../problems.ts'
import { Reader } from './reader.ts'
import { ScanReads } from './scan-reads.ts'

export interface ScanParts {
  readonly file: string
  /** How many scans run at once. */
  readonly threads: number
  /** How many more may wait for a thread. */
  readonly waiting: number
  readonly cacheKib: number
  readonly hasRoom: () => boolean
}

const IN_THE_WAY = new Error('the scan stood in the way of a checkpoint')

/** Lends reader threads to scans, one scan to a thread. Threads start when they are first needed. */
export class Scans {
  readonly #parts: ScanParts
  readonly #free: Reader[] = []
  readonly #lent = new Set<Reader>()
  readonly #stops = new Set<AbortController>()
  #waiting: ((reader: Reader) => void)[] = []
  #isPaused = false
  #isClosed = false

  constructor(parts: ScanParts) {
    this.#parts = parts
  }

  /** A scan only reads, so one that stood in the way of a checkpoint begins anew while its deadline allows. */
  scan<T>(question: (reads: Reads) => Promise<T>, options: ScanOptions): Promise<T> {
    return withDeadline(options, async (stop) => {
      for (;;) {
        const stopped = new AbortController()
        try {
          return await this.#attempt(question, stop, stopped)
        } catch (error) {
          if (stop.aborted || stopped.signal.reason !== IN_THE_WAY) throw error
        }
      }
    })
  }

  async #attempt<T>(
    question: (reads: Reads) => Promise<T>,
    stop: AbortSignal,
    stopped: AbortController,
  ): Promise<T> {
    const reader = await this.#borrow(stop)
    const both = AbortSignal.any([stop, stopped.signal])
    both.addEventListener('abort', () => reader.stop(), { once: true })
    this.#stops.add(stopped)
    try {
      return await orStopped(question(new ScanReads(reader, both, this.#parts.hasRoom)), both)
    } finally {
      this.#stops.delete(stopped)
      void this.#giveBack(reader)
    }
  }

  /** Lends no more threads until `resume`: snapshots keep the WAL from being emptied. */
  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#lend()
  }

  /** Ends the running scans; they begin anew when threads are lent again. */
  stopRunning(): void {
    for (const stop of this.#stops) stop.abort(IN_THE_WAY)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const stop of this.#stops) stop.abort(closed())
    await Promise.all([...this.#free, ...this.#lent].map((reader) => reader.close()))
  }

  #borrow(stop: AbortSignal): Promise<Reader> {
    if (this.#isClosed) throw closed()
    if (this.#waiting.length >= this.#parts.waiting) throw tooManyWaiting()
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve)
      const leave = () => {
        this.#waiting = this.#waiting.filter((other) => other !== resolve)
        reject(stop.reason)
      }
      stop.addEventListener('abort', leave, { once: true })
      this.#lend()
    })
  }

  #lend(): void {
    while (this.#waiting.length > 0 && !this.#isPaused) {
      const reader = this.#take()
      if (reader === undefined) return
      this.#lent.add(reader)
      this.#waiting.shift()!(reader)
    }
  }

  #take(): Reader | undefined {
    for (let reader = this.#free.pop(); reader !== undefined; reader = this.#free.pop()) {
      if (!reader.isDead) return reader
    }
    const { file, cacheKib, threads } = this.#parts
    return this.#lent.size < threads ? new Reader(file, cacheKib) : undefined
  }

  async #giveBack(reader: Reader): Promise<void> {
    await reader.end()
    this.#lent.delete(reader)
    this.#free.push(reader)
    this.#lend()
  }
}

function orStopped<T>(work: Promise<T>, stop: AbortSignal): Promise<T> {
  const stopped = new Promise<never>((_, reject) => {
    if (stop.aborted) reject(stop.reason)
    stop.addEventListener('abort', () => reject(stop.reason), { once: true })
  })
  return Promise.race([work, stopped])
}
