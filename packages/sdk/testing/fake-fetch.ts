import type { Connection } from '../connection.ts'
import { connect, type Orrery, type OrrerySettings } from '../index.ts'

/** What was sent, as a server sees it. */
export interface Seen {
  readonly method: string
  readonly url: URL
  readonly headers: Headers
  readonly text: string
  readonly signal: AbortSignal
}

export type Reply = (seen: Seen) => Response | Promise<Response>

/**
 * A client whose requests are answered by functions, one after the other; the last one answers the rest.
 *
 * @param hasIds whether answers have the id that each of Orrery has; where not, another service may have answered
 */
export function withReplies(
  replies: readonly Reply[],
  settings: Partial<OrrerySettings> = {},
  hasIds = true,
) {
  const seen: Seen[] = []
  const pauses: number[] = []
  const fetch = (async (address: string, init: RequestInit) => {
    const request = new Request(address, init)
    const one: Seen = {
      method: request.method,
      url: new URL(address),
      headers: request.headers,
      text: await request.clone().text(),
      signal: init.signal!,
    }
    seen.push(one)
    const reply = await replies[Math.min(seen.length, replies.length) - 1]!(one)
    if (!hasIds || reply.headers.has('x-request-id') || reply.type === 'error') return reply
    reply.headers.set('x-request-id', 'r-1')
    return reply
  }) as typeof globalThis.fetch
  const pause: Connection['pause'] = async (ms, signal) => {
    signal?.throwIfAborted()
    pauses.push(ms)
  }
  const orrery: Orrery = connect({ url: 'http://server.test', fetch, pause, ...settings })
  return { orrery, seen, pauses }
}

export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Reply => {
  return () =>
    new Response(JSON.stringify(value), {
      status,
      headers: { 'content-type': 'application/json', 'x-request-id': 'r-1', ...headers },
    })
}

export const problem = (
  status: number,
  error_code: string,
  message: string,
  headers?: Record<string, string>,
) => json({ error_code, message }, status, headers)

export const broken = (code: string): Reply => {
  return () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error(''), { code }) })
  }
}
