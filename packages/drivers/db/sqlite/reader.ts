import type { Columns, ToReader } from './reader-messages.ts'
import type { ReaderData } from './reader-thread.ts'
import { Thread } from './thread.ts'

/** The loop's side of one reader thread. */
export class Reader {
  readonly #thread: Thread<ToReader, Columns>
  readonly #stop = new Int32Array(new SharedArrayBuffer(4))

  constructor(file: string, cacheKib: number) {
    const data: ReaderData = { file, cacheKib, stop: this.#stop.buffer as SharedArrayBuffer }
    this.#thread = new Thread(new URL('./reader-thread.ts', import.meta.url), data)
  }

  get isDead(): boolean {
    return this.#thread.isDead
  }

  ask(question: ToReader): Promise<Columns> {
    return this.#thread.ask(question)
  }

  /** The running question fails at its next row, and so does every later one until `end`. */
  stop(): void {
    Atomics.store(this.#stop, 0, 1)
  }

  /** Lets go of the snapshot. Resolves when the thread is free for the next scan. */
  async end(): Promise<void> {
    await this.ask({ type: 'end' }).catch(() => {})
    Atomics.store(this.#stop, 0, 0)
  }

  close(): Promise<void> {
    this.stop()
    return this.#thread.close()
  }
}
