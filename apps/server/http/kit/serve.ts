import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AnyDeclaration } from '@orrery/base/contract'
import { type MessageCodec, type MessageParts, protoJson, strictJson } from '@orrery/base/formats'
import { type Caller, Problem } from '@orrery/base/kernel'
import type { Logger } from 'pino'
import { type Envelope, sendJson, sendNothing, sendPieces, sendProblem, sendRaw } from './answer.ts'
import type { Asking, FindCaller } from './asking.ts'
import { type BoundRoute, originOf, type RawAnswer, type RawRequest, type ReachedAs } from './bind.ts'
import { makeCallerNow } from './caller-now.ts'
import { discardRest } from './discard-rest.ts'
import { encodeLong, longListsIn } from './encode-long.ts'
import { freeBlock } from './free-block.ts'
import { findCallerOf, mustPass } from './gate.ts'
import { parseQuery } from './query.ts'
import { readBody, tooLarge } from './read-body.ts'
import { hearReason } from './reason-of.ts'
import { sendToSignIn } from './send-to-sign-in.ts'
import type { SlowBodies } from './slow-bodies.ts'

/** What every route needs from outside. */
export interface Means {
  readonly findCaller: FindCaller
  readonly log: Logger
  readonly slowBodies: SlowBodies
  /** Where whoever opens a page in a browser and is not known signs in, a path; left out where nobody can. */
  readonly signInPage?: string | undefined
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
  readonly reachedAs: ReachedAs & {
    /** Path and query as the client sent them. */
    readonly originalUrl: string
  }
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
      let caller = findCallerOf(declaration, means.findCaller, exchange.asking)
      if (caller instanceof Promise) caller = await caller
      mustPass(declaration, caller)
      await run(caller, exchange)
    } catch (error) {
      if (!sendToSignIn(error, declaration.codec, exchange, means.signInPage)) {
        fail(error, declaration.name, exchange, means.log)
      }
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
    if (body !== undefined) freeBlock(body)
    hearReason(caller, declaration, input)
    const given = await handler(caller, input as never, exchange.reachedAs)
    if (declaration.answers === 204) return sendNothing(response, envelope)
    const long = longListsIn(given as Record<string, unknown>)
    const status = declaration.answers ?? 200
    if (long.length === 0) return sendJson(response, envelope, status, codec.encode(given))
    const pieces = await encodeLong(codec, given as Record<string, unknown>, long)
    await sendPieces(response, envelope, status, pieces)
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

const SEND_JSON = {
  hint: "Send 'Content-Type: application/json' and a JSON object, {} if there is nothing to say.",
}

/** MLflow's sentences. A form or a plain text would let any web page send a message without asking first. */
function mustBeJson(request: IncomingMessage, body: Buffer): void {
  const type = request.headers['content-type']
  if (type === 'application/json') return
  if (type === undefined) {
    if (request.method === 'DELETE' && body.length === 0) return
    throw new Problem('INVALID_PARAMETER_VALUE', 'Bad Request. Content-Type header is missing.', SEND_JSON)
  }
  if (type.split(';')[0]!.trim().toLowerCase() === 'application/json') return
  throw new Problem(
    'INVALID_PARAMETER_VALUE',
    "Bad Request. Content-Type must be one of ['application/json'].",
    SEND_JSON,
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
    const input = codec.decode({ params, query: parseQuery(queryText) })
    hearReason(caller, declaration, input)
    const raw: RawRequest<unknown> = {
      input,
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      headers: request.headers,
      origin: originOf(reachedAs),
      body: request,
      signal: gone.signal,
      callerNow: makeCallerNow(declaration, means.findCaller, exchange.asking),
    }
    const watch = means.slowBodies.watch(request)
    try {
      const answer = (await handler(caller, raw as never, reachedAs)) as RawAnswer
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
    if (error.code === 'UNAUTHENTICATED') challenge(response, asking)
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

/** MLflow's words. Without them for browsers: they would ask for a password in a window of their own. */
function challenge(response: ServerResponse, { headers }: Asking): void {
  if (response.headersSent || headers['sec-fetch-mode'] !== undefined) return
  response.setHeader('www-authenticate', 'Basic realm="mlflow"')
}

function isPrematureClose(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'ABORT_ERR'
}
