import { connect, type Socket } from 'node:net'
import type { WireRequest } from './request.ts'

export interface WireAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  readonly tookMs: number
}

/** What came instead of an answer. */
export interface Silence {
  readonly silence: 'no answer in time' | 'closed without an answer' | 'not HTTP'
}

const LIE_BYTES = 1_000_000_000
const CHUNK_BYTES = 65_536

/**
 * A connection that says exactly what it is told, valid or not, and is kept while the server keeps it. Node's own
 * client would refuse to send half of what is asked of it here.
 */
export class Wire {
  readonly #host: string
  readonly #port: number
  readonly #timeoutMs: number
  #socket: Socket | undefined
  #isFresh = true

  constructor(url: string, timeoutMs: number) {
    const { hostname, port } = new URL(url)
    this.#host = hostname
    this.#port = Number(port)
    this.#timeoutMs = timeoutMs
  }

  async send(request: WireRequest): Promise<WireAnswer | Silence> {
    const answer = await this.#once(request)
    // A kept connection may close under our hands, as HTTP allows; on a fresh one there is no excuse.
    const isExcused = 'silence' in answer && answer.silence === 'closed without an answer' && !this.#isFresh
    if (!isExcused) return answer
    this.close()
    return this.#once(request)
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  async #once(request: WireRequest): Promise<WireAnswer | Silence> {
    this.#isFresh = this.#socket === undefined
    this.#socket ??= connect(this.#port, this.#host).setNoDelay()
    const socket = this.#socket
    const startedMs = performance.now()
    const reader = new AnswerReader(request.method === 'HEAD')
    const answer = await new Promise<WireAnswer | Silence>((resolve) => {
      const timer = setTimeout(() => resolve({ silence: 'no answer in time' }), this.#timeoutMs)
      const done = (answer: WireAnswer | Silence) => {
        clearTimeout(timer)
        resolve(answer)
      }
      const look = () => {
        const told = reader.read()
        if (told !== undefined)
          done('silence' in told ? told : { ...told, tookMs: performance.now() - startedMs })
      }
      socket.on('data', (chunk: Buffer) => {
        reader.add(chunk)
        look()
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        reader.end()
        look()
        done({ silence: 'closed without an answer' })
      })
      write(socket, request)
    })
    socket.removeAllListeners()
    socket.on('error', () => {})
    const isKept = !('silence' in answer) && answer.headers.get('connection') !== 'close'
    if (!isKept || request.framing === 'lying' || socket.destroyed) this.close()
    return answer
  }
}

function write(socket: Socket, { method, target, headers, body, framing }: WireRequest): void {
  const length = body?.length ?? 0
  const framed: [string, string][] =
    framing === 'chunked' && body !== undefined
      ? [['transfer-encoding', 'chunked']]
      : [['content-length', String(framing === 'lying' ? LIE_BYTES : length)]]
  const lines = [['host', 'localhost'] as const, ...framed, ...headers].map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  // latin1, as Node reads headers; a target in UTF-8 is sent as its bytes.
  socket.write(
    Buffer.concat([
      Buffer.from(`${method} ${target} HTTP/1.1\r\n`),
      Buffer.from(`${lines.join('')}\r\n`, 'latin1'),
    ]),
  )
  if (body === undefined) return
  if (framing !== 'chunked') {
    socket.write(body)
    return
  }
  for (let i = 0; i < length; i += CHUNK_BYTES) {
    const chunk = body.subarray(i, i + CHUNK_BYTES)
    socket.write(`${chunk.length.toString(16)}\r\n`)
    socket.write(chunk)
    socket.write('\r\n')
  }
  socket.write('0\r\n\r\n')
}

/** Reads one answer, however it is cut. */
class AnswerReader {
  readonly #isHead: boolean
  #bytes = Buffer.alloc(0)
  #isOver = false

  constructor(isHead: boolean) {
    this.#isHead = isHead
  }

  add(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
  }

  end(): void {
    this.#isOver = true
  }

  /** Undefined while there is more to come. */
  read(): Omit<WireAnswer, 'tookMs'> | Silence | undefined {
    const end = this.#bytes.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const [first = '', ...lines] = this.#bytes.subarray(0, end).toString('latin1').split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1])
    if (Number.isNaN(status)) return { silence: 'not HTTP' }
    const rest = this.#bytes.subarray(end + 4)
    if (status < 200) {
      this.#bytes = rest
      return this.read()
    }
    const headers = new Map(
      lines.map((line) => [nameOf(line), line.slice(line.indexOf(':') + 1).trim()] as const),
    )
    const body =
      this.#isHead || status === 204 || status === 304 ? Buffer.alloc(0) : this.#body(headers, rest)
    return body === undefined ? undefined : { status, headers, body }
  }

  #body(headers: ReadonlyMap<string, string>, rest: Buffer): Buffer | undefined {
    if (headers.get('transfer-encoding') === 'chunked') return unchunked(rest)
    const length = headers.get('content-length')
    if (length === undefined) return this.#isOver ? rest : undefined
    return rest.length < Number(length) ? undefined : rest.subarray(0, Number(length))
  }
}

const nameOf = (line: string) => line.slice(0, line.indexOf(':')).toLowerCase()

function unchunked(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n', at)
    if (end < 0) return undefined
    const length = Number.parseInt(bytes.subarray(at, end).toString('latin1'), 16)
    if (length === 0) return Buffer.concat(parts)
    if (bytes.length < end + 2 + length + 2) return undefined
    parts.push(bytes.subarray(end + 2, end + 2 + length))
    at = end + 2 + length + 2
  }
}
