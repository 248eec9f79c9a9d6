import { Agent, type IncomingHttpHeaders, request } from 'node:http'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A client that never repeats a request by itself: what happened to each one is what the ledger is about. */
export interface Client {
  /** Rejects when no whole answer came: refused, reset, cut off, or silent for two minutes. */
  send(method: string, path: string, body?: Buffer | object): Promise<Reply>
  /** As `send`, for a call that must succeed. */
  ask<Answer>(method: string, path: string, body?: object): Promise<Answer>
  close(): void
}

const SILENCE_MS = 120_000

export function makeClient(url: string): Client {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })

  function send(method: string, path: string, body?: Buffer | object): Promise<Reply> {
    const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
    const headers = bytes === undefined ? {} : headersOf(body, bytes)
    return new Promise((resolve, reject) => {
      const call = request(
        { hostname, port, agent, method, path, headers, timeout: SILENCE_MS },
        (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('error', reject)
          answer.on('end', () => {
            const { statusCode = 0, headers } = answer
            if (answer.complete) resolve({ status: statusCode, headers, body: Buffer.concat(chunks) })
            else reject(new Error('the answer was cut off'))
          })
        },
      )
      call.on('timeout', () => call.destroy(new Error(`silent for ${SILENCE_MS / 1000} s`)))
      call.on('error', reject)
      call.end(bytes)
    })
  }

  return {
    send,
    async ask<Answer>(method: string, path: string, body?: object) {
      const reply = await send(method, path, body)
      if (reply.status !== 200) throw new Error(`${method} ${path}: ${reply.status} ${reply.body}`)
      return JSON.parse(reply.body.toString()) as Answer
    },
    close: () => agent.destroy(),
  }
}

function headersOf(body: Buffer | object | undefined, bytes: Buffer) {
  const type = Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json'
  return { 'content-type': type, 'content-length': bytes.length }
}
