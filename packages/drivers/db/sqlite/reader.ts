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

  /**
   * Lets go of the snapshot. Messages keep their order, so the next scan may ask at once; only after a stop it has
   * to wait until the thread has noticed.
   */
  async end(): Promise<void> {
    const ended = this.ask({ type: 'end' }).catch(() => {})
    if (Atomics.load(this.#stop, 0) === 0) return
    await ended
    Atomics.store(this.#stop, 0, 0)
  }

  close(): Promise<void> {
    this.stop()
    return this.#thread.close()
  }
}
