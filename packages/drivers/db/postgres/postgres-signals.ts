import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { LocalSignals } from '../local-signals.ts'
import { type Channel, COALESCE_MS } from '../signals.ts'

/** PostgreSQL takes less than 8,000 bytes at once. */
const MOST_BYTES = 7_500

const RECONNECT_MS = [100, 500, 2_000, 5_000]

const CHANNELS: readonly Channel[] = ['log', 'subscriptions', 'streams']

/** Two workspaces in two schemas of one database do not hear each other. */
const NAME = `'orrery_' || $1::text || '_' || left(md5(current_schema()), 12)`

/** Runs one statement on the pool of verbs, outside of transactions. */
export type Say = (text: string, values: unknown[]) => Promise<unknown>

interface Message {
  readonly from: string
  readonly words: readonly string[]
}

/**
 * Signals over NOTIFY. Listeners of this server hear at once; what comes back from the database is passed by. The
 * connection is opened for the first listener and kept.
 */
export class PostgresSignals extends LocalSignals {
  readonly #url: string
  readonly #say: Say
  readonly #me = randomUUID()
  readonly #waiting = new Map<Channel, Set<string>>()
  #timer: NodeJS.Timeout | undefined
  #client: pg.Client | undefined
  #isConnecting = false
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  #isClosed = false

  constructor(url: string, say: Say) {
    super()
    this.#url = url
    this.#say = say
  }

  override tell(channel: Channel, word: string): void {
    super.tell(channel, word)
    if (this.#isClosed) return
    const words = this.#waiting.get(channel) ?? new Set()
    this.#waiting.set(channel, words.add(word))
    this.#timer ??= setTimeout(() => void this.#send(), COALESCE_MS)
  }

  override listen(channel: Channel, heard: (word: string) => void): () => void {
    void this.#connect()
    return super.listen(channel, heard)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#retry)
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => {})
  }

  /** One after the other, so that words keep their order; what is told meanwhile goes with the next. */
  async #send(): Promise<void> {
    const told = [...this.#waiting]
    this.#waiting.clear()
    for (const [channel, words] of told) {
      for (const part of inParts(this.#me, [...words])) {
        // Whoever listens looks once a second too: a word that is lost is made up for.
        await this.#say(`select pg_notify(${NAME}, $2)`, [channel, part]).catch(() => {})
      }
    }
    const isMore = this.#waiting.size > 0 && !this.#isClosed
    this.#timer = isMore ? setTimeout(() => void this.#send(), COALESCE_MS) : undefined
  }

  async #connect(): Promise<void> {
    if (this.#client !== undefined || this.#isConnecting || this.#isClosed) return
    this.#isConnecting = true
    clearTimeout(this.#retry)
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'orrery signals',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    })
    client.on('error', () => this.#lost(client))
    client.on('end', () => this.#lost(client))
    client.on('notification', ({ channel, payload }) => this.#notified(channel, payload ?? ''))
    try {
      await client.connect()
      for (const channel of CHANNELS) {
        const { rows } = await client.query(`select ${NAME} as name`, [channel])
        await client.query(`listen "${rows[0].name}"`)
      }
      if (this.#isClosed) return void client.end().catch(() => {})
      this.#client = client
      this.#failures = 0
      // What was said before there was a connection, nobody here has heard.
      for (const channel of this.channels) this.hear(channel, '')
    } catch {
      client.end().catch(() => {})
      this.#later()
    } finally {
      this.#isConnecting = false
    }
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#later()
  }

  #later(): void {
    if (this.#isClosed) return
    const pause = RECONNECT_MS[Math.min(this.#failures, RECONNECT_MS.length - 1)]
    this.#failures += 1
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => void this.#connect(), pause).unref()
  }

  #notified(name: string, payload: string): void {
    const channel = CHANNELS.find((known) => name.startsWith(`orrery_${known}_`))
    const message = channel === undefined ? undefined : parse(payload)
    if (message === undefined || message.from === this.#me) return
    for (const word of message.words) this.hear(channel!, word)
  }
}

function inParts(from: string, words: readonly string[]): string[] {
  const parts: string[] = []
  let part: string[] = []
  let bytes = 0
  for (const word of words) {
    const more = Buffer.byteLength(JSON.stringify(word)) + 1
    if (bytes + more > MOST_BYTES && part.length > 0) {
      parts.push(JSON.stringify({ from, words: part }))
      part = []
      bytes = 0
    }
    part.push(word)
    bytes += more
  }
  if (part.length > 0) parts.push(JSON.stringify({ from, words: part }))
  return parts
}

/** Anybody who may use the database may notify. */
function parse(payload: string): Message | undefined {
  try {
    const { from, words } = JSON.parse(payload) as Partial<Message>
    if (typeof from !== 'string' || !Array.isArray(words)) return undefined
    return { from, words: words.filter((word) => typeof word === 'string') }
  } catch {
    return undefined
  }
}
