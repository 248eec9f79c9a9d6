import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AnyDeclaration } from '@orrery/base/contract'
import { type MessageCodec, type MessageParts, protoJson, strictJson } from '@orrery/base/formats'
import { type Caller, must, Problem } from '@orrery/base/kernel'
import type { Logger } from 'pino'
import { type Envelope, sendJson, sendProblem, sendRaw } from './answer.ts'
import { type Asking, type FindCaller, stranger } from './asking.ts'
import type { BoundRoute, RawAnswer, RawRequest } from './bind.ts'
import { discardRest } from './discard-rest.ts'
import { parseQuery } from './query.ts'
import { readBody, tooLarge } from './read-body.ts'
import type { SlowBodies } from './slow-bodies.ts'

/** What every route needs from outside. */
export interface Means {
  readonly findCaller: FindCaller
  readonly log: Logger
  readonly slowBodies: SlowBodies
  /** Hears of every answer; `route` is the name of the declaration. */
  readonly observe: (route: string, status: number, durationMs: number) => void
}

/** One request on its way to one route. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly params: Readonly<Record<string, string>>
  readonly queryText: string
  readonly asking: Asking
  /** Scheme and host as the client used them. */
  readonly reachedAs: { readonly protocol: string; readonly host: string }
  readonly envelope: Envelope
}

export type Serve = (exchange: Exchange) => Promise<void>

/**
 * Makes the one path that all requests of a route take: find the caller, check `needs`, decode, run the verb,
 * encode, answer. The promise never rejects.
 */
export function makeServe(route: BoundRoute, means: Means): Serve {
  const { declaration } = route
  const run = declaration.codec === 'raw' ? rawRunner(route, means) : jsonRunner(route, means)
  return async function serve(exchange) {
    const startedMs = performance.now()
    try {
      const { needs } = declaration
      let caller: Caller | Promise<Caller>
      if (needs === 'public') caller = stranger(exchange.asking)
      else {
        caller = means.findCaller(exchange.asking)
        if (caller instanceof Promise) caller = await caller
        must(caller, needs)
      }
      await run(caller, exchange)
    } catch (error) {
      fail(error, declaration.name, exchange, means.log)
      discardRest(exchange.request, means.slowBodies)
    }
    const { statusCode } = exchange.response
    const durationMs = performance.now() - startedMs
    means.observe(declaration.name, statusCode, durationMs)
    if (means.log.isLevelEnabled('debug')) {
      const { requestId } = exchange.asking
      means.log.debug({ requestId, route: declaration.name, status: statusCode, durationMs }, 'request')
    }
  }
}

type Run = (caller: Caller, exchange: Exchange) => Promise<void>

function jsonRunner({ declaration, handler }: BoundRoute, { slowBodies }: Means): Run {
  // Compiled at the first request: hundreds of routes would cost the start what few of them ever need.
  let codec: MessageCodec | undefined
  return async function runJson(caller, exchange) {
    codec ??= codecOf(declaration)
    const { request, response, envelope } = exchange
    const body = await readJsonBody(request, declaration, slowBodies)
    const input = codec.decode(partsOf(exchange, body))
    const given = await handler(caller, input as never)
    sendJson(response, envelope, 200, codec.encode(given))
  }
}

function codecOf({ codec, takes, gives }: AnyDeclaration): MessageCodec {
  return codec === 'orrery' ? strictJson(takes, gives) : protoJson(takes, gives)
}

const QUERY_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE'])

/** GET carries its message in the query; DELETE in either, because clients do both. */
function partsOf({ request, params, queryText }: Exchange, body: Buffer | undefined): MessageParts {
  const inQuery = queryText !== '' && QUERY_METHODS.has(request.method ?? '')
  return {
    ...(hasAny(params) ? { params } : {}),
    ...(inQuery ? { query: parseQuery(queryText) } : {}),
    ...(body === undefined ? {} : { body }),
  }
}

function hasAny(params: object): boolean {
  for (const _ in params) return true
  return false
}

async function readJsonBody(
  request: IncomingMessage,
  { bodyLimitBytes }: AnyDeclaration,
  slow: SlowBodies,
): Promise<Buffer | undefined> {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined
  const body = await readBody(request, bodyLimitBytes, slow)
  mustBeJson(request, body)
  return body
}

/** MLflow's sentences. A form or a plain text would let any web page send a message without asking first. */
function mustBeJson(request: IncomingMessage, body: Buffer): void {
  const type = request.headers['content-type']
  if (type === 'application/json') return
  if (type === undefined) {
    if (request.method === 'DELETE' && body.length === 0) return
    throw new Problem('INVALID_PARAMETER_VALUE', 'Bad Request. Content-Type header is missing.')
  }
  if (type.split(';')[0]!.trim().toLowerCase() === 'application/json') return
  throw new Problem(
    'INVALID_PARAMETER_VALUE',
    "Bad Request. Content-Type must be one of ['application/json'].",
  )
}

function rawRunner({ declaration, handler }: BoundRoute, means: Means): Run {
  let codec: MessageCodec | undefined
  return async function runRaw(caller, exchange) {
    codec ??= codecOf(declaration)
    const { request, response, envelope, params, queryText, reachedAs } = exchange
    const { bodyLimitBytes } = declaration
    if (bodyLimitBytes > 0 && Number(request.headers['content-length'] ?? 0) > bodyLimitBytes) {
      throw tooLarge(bodyLimitBytes)
    }
    const gone = new AbortController()
    response.on('close', () => {
      if (!response.writableEnded) gone.abort()
    })
    const raw: RawRequest<unknown> = {
      input: codec.decode({ params, query: parseQuery(queryText) }),
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      headers: request.headers,
      origin: `${reachedAs.protocol === 'https' ? 'https' : 'http'}://${reachedAs.host}`,
      body: request,
      signal: gone.signal,
    }
    const watch = means.slowBodies.watch(request)
    try {
      const answer = (await handler(caller, raw as never)) as RawAnswer
      means.slowBodies.forget(watch)
      await sendRaw(response, envelope, raw.method, answer)
    } finally {
      means.slowBodies.forget(watch)
    }
  }
}

/** Answers a failed request. What is not a Problem is our fault: the log gets the stack, the caller the id. */
export function fail(
  error: unknown,
  route: string,
  { response, envelope, asking }: Pick<Exchange, 'response' | 'envelope' | 'asking'>,
  log: Logger,
): void {
  if (error instanceof Problem) {
    if (error.status >= 500 && error.status !== 501)
      log.warn({ requestId: asking.requestId, route, err: error }, error.code)
    sendProblem(response, envelope, error)
    return
  }
  if (response.destroyed && isPrematureClose(error)) return
  log.error({ requestId: asking.requestId, route, err: error }, 'request failed')
  const told = new Problem(
    'INTERNAL_ERROR',
    `The server failed; its log has the reason under ${asking.requestId}.`,
  )
  sendProblem(response, envelope, told)
}

function isPrematureClose(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'ABORT_ERR'
}
