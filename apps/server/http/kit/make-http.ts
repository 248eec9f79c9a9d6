import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem } from '@orrery/base/kernel'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { isBelow, locate } from './address.ts'
import { type Envelope, sendPreflight } from './answer.ts'
import { workspaceOf } from './asking.ts'
import type { BoundRoute } from './bind.ts'
import { answerClientError } from './client-error.ts'
import { type Connections, trackConnections } from './connections.ts'
import { discardRest } from './discard-rest.ts'
import { noSuchRoute } from './no-such-route.ts'
import type { Origins } from './origins.ts'
import { makePathIndex, type PathIndex } from './path-index.ts'
import { reasonOf } from './reason-of.ts'
import { type Exchange, fail, type Means, makeServe } from './serve.ts'

/** What the server is told of its surroundings. */
export interface HttpOptions extends Means {
  /** `''` or `/x`: where a proxy has put the server. */
  readonly basePath: string
  /** Judges Host and Origin. */
  readonly origins: Origins
  /** Peers whose `X-Forwarded-*` headers are believed; see Fastify's `trustProxy`. */
  readonly trustProxy: boolean | string[]
}

/** What a request needs on its way in, whether it has a route or not. */
interface Entrance extends HttpOptions {
  readonly connections: Connections
}

/** A request on which the workspace of its path was noted while the URL was rewritten. */
interface Located extends IncomingMessage {
  workspaceInPath?: string | undefined
}

/** Headers must be complete after so many milliseconds. */
const HEADERS_TIMEOUT_MS = 15_000
/** How often Node looks for connections whose headers take too long. */
const CHECK_CONNECTIONS_EVERY_MS = 5_000
const KEEP_ALIVE_TIMEOUT_MS = 65_000
/** A tag key of 250 characters, each percent-encoded as three bytes of UTF-8; the header limit bounds the rest. */
const MAX_PARAM_LENGTH = 16_384

/** Schemas are the business of our codecs; Fastify's own compilers are 130 modules that nothing would use. */
const NO_SCHEMAS = { buildValidator: () => refuseSchema, buildSerializer: () => refuseSchema }

function refuseSchema(): never {
  throw new Error('routes are declared in the contract, not with schemas of Fastify')
}

/** Makes the HTTP server for the bound routes. It does not listen yet. */
export function makeHttp(routes: readonly BoundRoute[], options: HttpOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // Whole bodies have no deadline, because a large artifact takes its time; slow ones are cut by `slowBodies`.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    schemaController: { compilersFactory: NO_SCHEMAS },
    http: { connectionsCheckingInterval: CHECK_CONNECTIONS_EVERY_MS },
    clientErrorHandler: answerClientError,
    trustProxy: options.trustProxy,
    exposeHeadRoutes: false,
    routerOptions: {
      maxParamLength: MAX_PARAM_LENGTH,
      caseSensitive: true,
      // The codec of the route reads the text; most routes have none.
      querystringParser: (text) => ({ text }),
    },
    rewriteUrl(request) {
      const { url, workspace } = locate(request.url ?? '/', options.basePath)
      ;(request as Located).workspaceInPath = workspace
      return url
    },
    frameworkErrors: (error, request, reply) => answerError(error, request, reply.raw, entrance),
  })
  app.server.headersTimeout = HEADERS_TIMEOUT_MS
  app.server.on('checkExpectation', (_request, response: ServerResponse) => refuseExpectation(response))
  letBodiesPass(app)
  const connections = trackConnections(app.server, options.log)
  // Called at once, before another request can begin.
  app.addHook('preClose', (done) => {
    connections.drain()
    done()
  })
  const entrance: Entrance = { ...options, connections }
  for (const route of routes) register(app, route, entrance)
  const index = makePathIndex(routes.map((route) => route.declaration))
  app.setNotFoundHandler((request, reply) => {
    answerError(notFound(request, index, options.basePath), request, reply.raw, entrance)
  })
  app.setErrorHandler((error, request, reply) => {
    answerError(error, request, reply.raw, entrance)
  })
  return app
}

/** `Expect: 100-continue` is Node's business; what else a client expects, nobody here can promise. */
function refuseExpectation(response: ServerResponse): void {
  const message = 'The server can only meet the expectation 100-continue.'
  response.writeHead(417, { 'content-type': 'application/json; charset=utf-8', connection: 'close' })
  response.end(JSON.stringify({ error_code: 'BAD_REQUEST', message }))
}

/** Bodies are read by the route that wants them, after the caller was found and allowed. */
function letBodiesPass(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
}

function register(app: FastifyInstance, route: BoundRoute, entrance: Entrance): void {
  const serve = makeServe(route, entrance)
  const { method, path, twins } = route.declaration
  for (const place of [{ method, path }, ...twins]) {
    app.route({
      method: place.method === 'GET' ? ['GET', 'HEAD'] : place.method,
      url: routerPath(place.path),
      handler: (request, reply) => {
        const query = request.query as { text: string }
        const params = paramsOf(request.params as Record<string, string>, place.path)
        const exchange = open(request, reply.raw, params, query.text ?? '', entrance)
        if (exchange !== undefined) void serve(exchange)
      },
    })
  }
}

/** `{name}` and a last `{name*}`, as the router spells them; a colon in the text is doubled. */
function routerPath(path: string): string {
  return path
    .replaceAll(':', '::')
    .replace(/\{(\w+)\*\}$/, '*')
    .replace(/\{(\w+)\}/g, ':$1')
}

/** The router calls a rest parameter `*`; the declaration has a name for it. */
function paramsOf(params: Record<string, string>, path: string): Record<string, string> {
  const rest = params['*']
  if (rest === undefined) return params
  const { '*': _, ...named } = params
  const name = /\{(\w+)\*\}$/.exec(path)?.[1]
  return name === undefined ? named : { ...named, [name]: rest }
}

/** Judges Host, Origin and workspace. @returns undefined if the request was refused, and answered if it can be */
function open(
  reachedAs: FastifyRequest,
  response: ServerResponse,
  params: Record<string, string>,
  queryText: string,
  entrance: Entrance,
): Exchange | undefined {
  const { raw: request, ip: address, host } = reachedAs
  if (!entrance.connections.begin(request, response)) return undefined
  const requestId = requestIdOf(request)
  const known = {
    workspace: undefined,
    requestId,
    address,
    reason: undefined,
    headers: request.headers,
    method: request.method ?? '',
    path: request.url ?? '',
    isSecure: reachedAs.protocol === 'https',
    isListedOrigin: false,
  }
  let envelope: Envelope = { requestId, allowOrigin: undefined }
  try {
    const allowOrigin = entrance.origins.check(request, host)
    envelope = { requestId, allowOrigin }
    const workspace = workspaceOf(request.headers, (request as Located).workspaceInPath)
    const reason = reasonOf(request.headers)
    const asking = { ...known, workspace, reason, isListedOrigin: allowOrigin !== undefined }
    return { request, response, params, queryText, asking, reachedAs, envelope }
  } catch (error) {
    fail(error, 'refused', { response, envelope, asking: known }, entrance.log)
    discardRest(request, entrance.slowBodies)
    entrance.observe('refused', response.statusCode, 0)
    return undefined
  }
}

/** Answers what never reached a route. The Host check comes first here as well. */
function answerError(
  error: unknown,
  request: FastifyRequest,
  response: ServerResponse,
  entrance: Entrance,
): void {
  const exchange = open(request, response, {}, '', entrance)
  if (exchange === undefined) return
  if (request.method === 'OPTIONS' && exchange.envelope.allowOrigin !== undefined) {
    sendPreflight(response, exchange.envelope)
    return
  }
  if (error instanceof WrongMethod) response.setHeader('allow', error.allowed)
  fail(asKnown(error), 'unrouted', exchange, entrance.log)
  discardRest(request.raw, entrance.slowBodies)
  entrance.observe('unrouted', response.statusCode, 0)
}

class WrongMethod extends Problem {
  readonly allowed: string
  constructor(method: string, path: string, allowed: readonly string[]) {
    super('METHOD_NOT_ALLOWED', `${method} is not a method of ${path}; it takes ${allowed.join(' and ')}.`)
    this.allowed = allowed.join(', ')
  }
}

/** Names the path as it was asked, with the base path and the workspace that were taken off for the router. */
function notFound({ method, url, originalUrl }: FastifyRequest, index: PathIndex, basePath: string): Problem {
  const asked = shownPath(pathOf(originalUrl))
  const allowed = index.methodsOf(pathOf(url))
  if (allowed.length > 0) return new WrongMethod(method, asked, allowed)
  const where = isBelow(originalUrl, basePath) ? undefined : `This server is below ${basePath}.`
  return noSuchRoute(method, asked, basePath, where)
}

function pathOf(url: string): string {
  return url.split('?', 1)[0]!
}

function shownPath(path: string): string {
  return path.length <= 200 ? path : `${path.slice(0, 200)}…`
}

/** What Fastify itself refuses (a broken URL, a broken Content-Type) is the caller's doing, in its own words. */
function asKnown(error: unknown): unknown {
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown }
  if (error instanceof Problem || typeof statusCode !== 'number' || statusCode >= 500) return error
  // It repeats the address; a query may hold what belongs in no log, such as the link of the setup.
  const said = String(message).replace(/\?[^']*/, '')
  return new Problem('BAD_REQUEST', `The request could not be read: ${said.slice(0, 300)}`)
}

const REQUEST_ID = /^[\w.:-]{1,128}$/

/** A caller's own id is kept where it is harmless in headers and logs. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
}
