import { Worker } from 'node:worker_threads'
import type { ModelFile, parseModelFile } from './model-file.ts'

type Reply = ReturnType<typeof parseModelFile>

/** A real file takes 1 ms. */
const DEADLINE_MS = 2000

/** A file of 1 MiB that is all keys takes less than 100 MB. */
const HEAP_MB = 256

interface Asked {
  readonly text: string
  readonly answer: (reply: Reply) => void
}

/**
 * Reads `MLmodel` files on a thread, one after another, each for so long at most. YAML of 60 kB that was made for it
 * keeps the parser busy for six minutes; on the loop nobody would be served meanwhile. The thread starts with the first
 * file (60 ms), stays, and keeps no process alive unless it is asked.
 */
export class ModelFileReader {
  readonly #deadlineMs: number
  #worker: Worker | undefined
  #waiting: Asked[] = []
  #isReady = false
  #current: { readonly asked: Asked; deadline?: NodeJS.Timeout } | undefined

  constructor({ deadlineMs = DEADLINE_MS }: { readonly deadlineMs?: number } = {}) {
    this.#deadlineMs = deadlineMs
  }

  /** Never rejects: what cannot be read is a `problem`. */
  read(text: string): Promise<ModelFile | { readonly problem: string }> {
    return new Promise((answer) => {
      this.#waiting.push({ text, answer })
      if (this.#current === undefined) this.#next()
    })
  }

  #next(): void {
    const asked = this.#waiting.shift()
    if (asked === undefined) {
      this.#worker?.unref()
      return
    }
    this.#worker ??= this.#start()
    this.#worker.ref()
    this.#current = { asked }
    this.#worker.postMessage(asked.text)
    if (this.#isReady) this.#startDeadline()
  }

  #startDeadline(): void {
    if (this.#current === undefined) return
    this.#current.deadline = setTimeout(
      () => this.#giveUp(`MLmodel takes longer than ${this.#deadlineMs} ms to read.`),
      this.#deadlineMs,
    )
  }

  #start(): Worker {
    const worker = new Worker(new URL('./model-file-thread.ts', import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    worker.on('message', (message: Reply | 'ready') => {
      if (worker !== this.#worker) return
      // The time that a thread needs to start is not the file's.
      if (message === 'ready') {
        this.#isReady = true
        this.#startDeadline()
      } else this.#settle(message)
    })
    worker.on('error', () => {
      if (worker === this.#worker) this.#giveUp('MLmodel takes too much memory to read.')
    })
    return worker
  }

  /** The thread cannot be stopped in the middle, only ended. */
  #giveUp(problem: string): void {
    const worker = this.#worker
    this.#worker = undefined
    this.#isReady = false
    void worker?.terminate()
    this.#settle({ problem })
  }

  #settle(reply: Reply): void {
    const current = this.#current
    this.#current = undefined
    clearTimeout(current?.deadline)
    current?.asked.answer(reply)
    this.#next()
  }
}
