import { parentPort, Worker } from 'node:worker_threads'

/** What crosses back, one for each message and in their order. */
type Envelope<Reply> =
  | { readonly reply: Reply }
  | { readonly failure: { readonly message: string; readonly errcode?: number } }

interface Asked<Reply> {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: unknown) => void
}

/** The loop's side of a helper thread. Starts with the first message and keeps the process alive only while asked. */
export class Thread<Message, Reply> {
  readonly #file: URL
  readonly #data: unknown
  #worker: Worker | undefined
  #waiting: Asked<Reply>[] = []
  #death: Error | undefined

  /** @param data what the thread reads as `workerData` */
  constructor(file: URL, data: unknown) {
    this.#file = file
    this.#data = data
  }

  get isDead(): boolean {
    return this.#death !== undefined
  }

  ask(message: Message): Promise<Reply> {
    if (this.#death !== undefined) return Promise.reject(this.#death)
    this.#worker ??= this.#start()
    this.#worker.ref()
    this.#worker.postMessage(message)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
  }

  async close(): Promise<void> {
    this.#die(new Error('the thread was closed'))
    this.#worker?.ref()
    await this.#worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(this.#file, { workerData: this.#data, execArgv: [] })
    worker.on('message', (envelope: Envelope<Reply>) => this.#settle(envelope))
    worker.on('error', (error) => this.#die(error as Error))
    worker.on('exit', () => this.#die(new Error(`the thread of ${this.#file.pathname} has ended`)))
    return worker
  }

  #settle(envelope: Envelope<Reply>): void {
    if (this.#death !== undefined) return
    const asked = this.#waiting.shift()
    if (this.#waiting.length === 0) this.#worker?.unref()
    if ('reply' in envelope) {
      asked?.resolve(envelope.reply)
      return
    }
    const { message, errcode } = envelope.failure
    asked?.reject(Object.assign(new Error(message), errcode === undefined ? {} : { errcode }))
  }

  /** A dead thread answers nobody, so everyone waiting is told at once. */
  #die(death: Error): void {
    this.#death ??= death
    for (const { reject } of this.#waiting) reject(death)
    this.#waiting = []
  }
}

/**
 * The thread's side.
 * @param blocks memory that changes hands with the reply instead of being copied
 */
export function serve<Message, Reply>(
  answer: (message: Message) => Reply | Promise<Reply>,
  blocks: (reply: Reply) => ArrayBuffer[] = () => [],
): void {
  parentPort!.on('message', async (message: Message) => {
    try {
      const reply = await answer(message)
      parentPort!.postMessage({ reply } satisfies Envelope<Reply>, blocks(reply))
    } catch (error) {
      const { message: text, errcode } = error as Error & { errcode?: number }
      const failure = errcode === undefined ? { message: text } : { message: text, errcode }
      parentPort!.postMessage({ failure } satisfies Envelope<Reply>)
    }
  })
}
