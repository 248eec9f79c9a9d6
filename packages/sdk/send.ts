import type { AnyDeclaration } from '@orrery/base/contract'
import type { CallOptions, RawBody } from './call.ts'
import { type Connection, checkWorkspace } from './connection.ts'
import { noAnswer } from './no-answer.ts'
import { OrreryError, refused } from './orrery-error.ts'
import { isRedirect, refusal } from './refusal.ts'

/** One request, whatever it takes to send it. */
export interface Sent {
  readonly row: AnyDeclaration
  readonly method: string
  /** Path below the workspace; or a whole address that was signed, to which nothing else of ours is sent. */
  readonly path: string | { readonly signed: string }
  readonly headers: Readonly<Record<string, string>>
  readonly body: RawBody | undefined
}

const DEFAULT_TIMEOUT_MS = 120_000
/** 64 kB/s. A line that is slower wants a time of its own. */
const SLOWEST_BYTES_PER_MS = 64
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])

/**
 * Sends until the answer is a success that could be read, or the policy gives up.
 *
 * @param read is given the answer; while it reads, the time of the attempt goes on
 */
export async function send<Answer>(
  connection: Connection,
  sent: Sent,
  read: (response: Response) => Answer | Promise<Answer>,
  options: CallOptions = {},
): Promise<Answer> {
  checkOptions(sent.row.name, options)
  for (let number = 1; ; number++) {
    const outcome = await attempt(connection, sent, read, options)
    if ('answer' in outcome) return outcome.answer
    const { failure } = outcome
    const pauseMs = isOnce(sent.body)
      ? undefined
      : connection.retry({
          number,
          status: failure.status,
          isRepeatable: REPEATABLE.has(sent.method),
          retryAfterSeconds: failure.retryAfterSeconds,
        })
    if (pauseMs === undefined) throw failure
    await connection.pause(pauseMs, options.signal)
  }
}

/** What a timer can wait; beyond it, it would be over at once. */
const MOST_TIMEOUT_MS = 2_147_483_647

function checkOptions(call: string, { workspace, timeoutMs }: CallOptions): void {
  if (workspace !== undefined) checkWorkspace(workspace)
  const isFine = typeof timeoutMs === 'number' && timeoutMs >= 0 && timeoutMs <= MOST_TIMEOUT_MS
  if (timeoutMs === undefined || isFine) return
  const given = typeof timeoutMs === 'number' ? timeoutMs : JSON.stringify(timeoutMs)
  throw refused(
    call,
    `'timeoutMs' is ${given}: give milliseconds up to ${MOST_TIMEOUT_MS}, or 0 for no limit; left out, it is the usual time.`,
  )
}

const isOnce = (body: RawBody | undefined) => body instanceof ReadableStream

type Outcome<Answer> = { readonly answer: Answer } | { readonly failure: OrreryError }

async function attempt<Answer>(
  connection: Connection,
  sent: Sent,
  read: (response: Response) => Answer | Promise<Answer>,
  options: CallOptions,
): Promise<Outcome<Answer>> {
  options.signal?.throwIfAborted()
  const headers = await headersOf(connection, sent, options)
  const body = typeof sent.body === 'function' ? await sent.body() : sent.body
  const clock = startClock(options, body)
  let response: Response | undefined
  try {
    response = await connection.fetch(addressOf(connection, sent, options), {
      method: sent.method,
      headers,
      signal: clock.signal,
      redirect: 'manual',
      ...(body === undefined ? {} : { body, duplex: 'half' }),
    } as RequestInit)
    if (!isSuccess(sent, response)) return { failure: await refusal(sent.row, response, connection) }
    return { answer: await read(response) }
  } catch (error) {
    options.signal?.throwIfAborted()
    if (error instanceof OrreryError) return { failure: error }
    if (isOfBody(error)) throw changed(sent.row.name, error)
    const place = typeof sent.path === 'string' ? connection.url : new URL(sent.path.signed).origin
    return { failure: noAnswer(place, sent.row.name, error, clock.isOver(), response !== undefined) }
  } finally {
    clock.stop()
  }
}

/** What platforms say of a Blob whose file is no longer what it was when it was opened. */
function isOfBody(error: unknown): boolean {
  const { name, cause } = error as { name?: string; cause?: { name?: string } }
  return name === 'NotReadableError' || cause?.name === 'NotReadableError'
}

function changed(call: string, cause: unknown): OrreryError {
  return new OrreryError('RESOURCE_CONFLICT', 'The file was changed or removed while it was being sent.', {
    call,
    cause,
    hint: 'Open it anew and send it again.',
  })
}

/** 304 is an answer to who asked with a condition, and our own pages lead to others. */
function isSuccess({ row }: Sent, response: Response): boolean {
  if (response.ok) return true
  const isOurs = response.headers.has('x-request-id')
  return row.codec === 'raw' && isOurs && isRedirect(response)
}

async function headersOf(connection: Connection, sent: Sent, { reason }: CallOptions): Promise<Headers> {
  const headers = new Headers(sent.headers)
  if (typeof sent.path !== 'string') return headers
  const token = checkToken(sent.row.name, await connection.token())
  if (token !== '') headers.set('authorization', `Bearer ${token}`)
  // A page that is signed in by a cookie: only its own script can set a header.
  else headers.set('x-requested-with', 'orrery-sdk')
  if (reason !== undefined) headers.set('x-orrery-reason', checkReason(sent.row.name, reason))
  return headers
}

/** The platform's own error would repeat the token. A variable that is empty is none. */
function checkToken(call: string, given = ''): string {
  const token = given.trim()
  if (/^[\x21-\x7e]*$/.test(token)) return token
  throw new OrreryError(
    'UNAUTHENTICATED',
    'The token holds characters that no token has, such as a line break.',
    {
      call,
      hint: 'Was more copied than the token?',
    },
  )
}

function checkReason(call: string, reason: string): string {
  if (/^[\x20-\x7e]+$/.test(reason)) return reason
  throw refused(call, 'The reason travels in a header: it must be one line of ASCII letters, and not empty.')
}

function addressOf({ url, workspace }: Connection, { path }: Sent, options: CallOptions): string {
  if (typeof path !== 'string') return path.signed
  const name = options.workspace ?? workspace
  return name === undefined ? `${url}${path}` : `${url}/workspaces/${encodeURIComponent(name)}${path}`
}

/** Ends an attempt that takes too long. The caller's signal goes on holding for a body that is read later. */
function startClock({ signal, timeoutMs }: CallOptions, body: Exclude<RawBody, () => unknown> | undefined) {
  const own = new AbortController()
  let isOver = false
  const ms = timeoutMs ?? usualTimeout(body)
  const timer = ms === 0 ? undefined : setTimeout(expire, ms)
  function expire() {
    isOver = true
    own.abort()
  }
  return {
    signal: signal === undefined ? own.signal : AbortSignal.any([signal, own.signal]),
    isOver: () => isOver,
    stop: () => clearTimeout(timer),
  }
}

function usualTimeout(body: Exclude<RawBody, () => unknown> | undefined): number {
  if (body instanceof ReadableStream) return 0
  const bytes =
    body === undefined
      ? 0
      : typeof body === 'string'
        ? body.length
        : 'size' in body
          ? body.size
          : body.byteLength
  return DEFAULT_TIMEOUT_MS + bytes / SLOWEST_BYTES_PER_MS
}
