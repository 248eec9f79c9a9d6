import { Worker } from 'node:worker_threads'

/** What the store gives at once. */
export const SLOT_BYTES = 512 * 1024

/** One is being hashed, one waits, one is being filled. */
const SLOTS = 3

export type HashMessage = 'begin' | 'end' | { readonly slot: number; readonly length: number }

interface Asked {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * SHA-256 on a thread of its own, of one content at a time. The loop copies half a megabyte in 0.06 ms; to hash it
 * takes 0.3 ms. The thread starts with the first content, stays, and keeps the process alive only while asked.
 */
export class Hasher {
  #worker: Worker | undefined
  #shared = new SharedArrayBuffer(0)
  #free: number[] = []
  #digest: string | undefined
  #fault: unknown
  #waiting: Asked | undefined
  /** Grows with each content: what is left of one that was broken off must not get into the next. */
  #content = 0

  begin(): void {
    this.#content++
    this.#waiting?.reject(brokenOff())
    this.#waiting = undefined
    this.#worker ??= this.#start()
    this.#worker.ref()
    this.#digest = undefined
    this.#post('begin')
  }

  /** Takes bytes, which may be changed afterwards; resolves when there is room for more. */
  async update(chunk: Uint8Array): Promise<void> {
    const content = this.#content
    for (let at = 0; at < chunk.byteLength; at += SLOT_BYTES) {
      while (this.#free.length === 0) await this.#change()
      if (content !== this.#content) throw brokenOff()
      if (this.#fault !== undefined) throw this.#fault
      const slot = this.#free.pop()!
      const part = chunk.subarray(at, at + SLOT_BYTES)
      new Uint8Array(this.#shared, slot * SLOT_BYTES, part.byteLength).set(part)
      this.#post({ slot, length: part.byteLength })
    }
  }

  /** Lower-case hex. */
  async end(): Promise<string> {
    this.#post('end')
    while (this.#digest === undefined) await this.#change()
    this.rest()
    return this.#digest
  }

  /** Also for a content that was broken off. */
  rest(): void {
    this.#worker?.unref()
  }

  #post(message: HashMessage): void {
    this.#worker?.postMessage(message)
  }

  #change(): Promise<void> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  #start(): Worker {
    this.#shared = new SharedArrayBuffer(SLOTS * SLOT_BYTES)
    this.#free = Array.from({ length: SLOTS }, (_, slot) => slot)
    this.#fault = undefined
    const file = new URL('./hash-thread.ts', import.meta.url)
    const worker = new Worker(file, { workerData: this.#shared, execArgv: [] })
    worker.on('message', (answer: number | string) => {
      if (typeof answer === 'string') this.#digest = answer
      else this.#free.push(answer)
      this.#settle()
    })
    worker.on('error', (error) => this.#die(error))
    worker.on('exit', () => this.#die(new Error('the thread that computes digests has ended')))
    return worker
  }

  /** The next content starts another thread. */
  #die(error: unknown): void {
    this.#worker = undefined
    this.#fault ??= error
    this.#settle()
  }

  #settle(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (this.#fault === undefined) waiting?.resolve()
    else waiting?.reject(this.#fault)
  }
}

function brokenOff(): Error {
  return new Error('the content was broken off: the next one has begun')
}
