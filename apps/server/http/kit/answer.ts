import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Problem } from '@orrery/base/kernel'
import type { RawAnswer } from './bind.ts'

/** On every answer. What a page or a stored file needs beyond this, its own handler adds. */
const EVERYWHERE: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'geolocation=(), camera=(), microphone=()',
  'x-xss-protection': '0',
  vary: 'Origin',
}

/** The same as the flat list that `writeHead` takes without copying, for the path that must be short. */
const EVERYWHERE_FLAT: readonly string[] = Object.entries(EVERYWHERE).flat()
const JSON_HEADERS: readonly string[] = [
  ...EVERYWHERE_FLAT,
  'content-type',
  'application/json; charset=utf-8',
]

/** What an answer carries besides its content. */
export interface Envelope {
  readonly requestId: string
  /** Set when the request came from another origin that is allowed. */
  readonly allowOrigin: string | undefined
}

export function sendJson(response: ServerResponse, envelope: Envelope, status: number, json: string): void {
  const bytes = Buffer.byteLength(json)
  const headers = [...JSON_HEADERS, 'x-request-id', envelope.requestId, 'content-length', String(bytes)]
  if (envelope.allowOrigin !== undefined) headers.push(...corsHeaders(envelope.allowOrigin))
  response.writeHead(status, headers)
  // Node writes head and body as one string; as Latin-1 that is a copy, as UTF-8 an encoding of both.
  response.end(json, bytes === json.length ? 'latin1' : 'utf8')
}

/** A JSON text in pieces, handed over as fast as the other side takes them. */
export async function sendPieces(
  response: ServerResponse,
  envelope: Envelope,
  status: number,
  pieces: readonly Buffer[],
): Promise<void> {
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const headers = [...JSON_HEADERS, 'x-request-id', envelope.requestId, 'content-length', String(bytes)]
  if (envelope.allowOrigin !== undefined) headers.push(...corsHeaders(envelope.allowOrigin))
  response.writeHead(status, headers)
  await pipeline(Readable.from(pieces), response)
}

/** Success without a body, 204. */
export function sendNothing(response: ServerResponse, envelope: Envelope): void {
  const headers = [...EVERYWHERE_FLAT, 'x-request-id', envelope.requestId]
  if (envelope.allowOrigin !== undefined) headers.push(...corsHeaders(envelope.allowOrigin))
  response.writeHead(204, headers)
  response.end()
}

/** Sends a browser to another page. @param location ASCII */
export function sendSeeOther(response: ServerResponse, envelope: Envelope, location: string): void {
  const headers = [...EVERYWHERE_FLAT, 'x-request-id', envelope.requestId, 'location', location]
  response.writeHead(303, [...headers, 'cache-control', 'no-store', 'content-length', '0'])
  response.end()
}

/** MLflow's error shape. The hint follows the message, where a reader of the client's traceback sees it. */
export function sendProblem(response: ServerResponse, envelope: Envelope, problem: Problem): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (problem.retryAfterSeconds !== undefined) {
    response.setHeader('retry-after', String(Math.ceil(problem.retryAfterSeconds)))
  }
  sendJson(
    response,
    envelope,
    problem.status,
    JSON.stringify({ error_code: problem.code, message: problem.told }),
  )
}

/** Resolves when the last byte was handed over; rejects, with the connection cut, when the body breaks. */
export async function sendRaw(
  response: ServerResponse,
  envelope: Envelope,
  method: string,
  answer: RawAnswer,
): Promise<void> {
  const { status, body } = answer
  const headers: Record<string, string> = {
    ...EVERYWHERE,
    ...answer.headers,
    'x-request-id': envelope.requestId,
  }
  if (answer.cookies !== undefined) response.setHeader('set-cookie', [...answer.cookies])
  if (envelope.allowOrigin !== undefined) {
    const cors = corsHeaders(envelope.allowOrigin)
    for (let i = 0; i < cors.length; i += 2) headers[cors[i]!] = cors[i + 1]!
  }
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    headers['content-length'] ??= String(body === undefined ? 0 : Buffer.byteLength(body))
    response.writeHead(status, headers)
    response.end(body)
    return
  }
  await sendStream(response, method, status, headers, body)
}

async function sendStream(
  response: ServerResponse,
  method: string,
  status: number,
  headers: Record<string, string>,
  body: Readable,
): Promise<void> {
  response.writeHead(status, headers)
  if (method === 'HEAD') {
    body.destroy()
    response.end()
    return
  }
  await pipeline(body, response)
}

/** The answer to a browser that asks whether a page of an allowed origin may call. */
export function sendPreflight(response: ServerResponse, { requestId, allowOrigin }: Envelope): void {
  response.writeHead(204, {
    ...EVERYWHERE,
    'x-request-id': requestId,
    'access-control-allow-origin': allowOrigin ?? '',
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers':
      'authorization, content-type, if-match, if-none-match, if-range, last-event-id, range, x-mlflow-workspace, x-orrery-reason, x-request-id, x-requested-with',
    'access-control-max-age': '600',
  })
  response.end()
}

function corsHeaders(origin: string): string[] {
  return [
    'access-control-allow-origin',
    origin,
    'access-control-allow-credentials',
    'true',
    'access-control-expose-headers',
    'content-range, etag, retry-after, x-request-id',
  ]
}
