import { type AnyDeclaration, eventRoutes } from '@orrery/base/contract'
import { compileRequest } from '../build-request.ts'
import type { RawAnswer } from '../call.ts'
import { WHERE_TO_LOOK } from '../check-answer.ts'
import type { Connection } from '../connection.ts'
import { OrreryError } from '../orrery-error.ts'
import { rawAnswer } from '../read-answer.ts'
import { retries } from '../retry.ts'
import { send } from '../send.ts'
import { type Frame, readFrames } from './read-frames.ts'

/** One event of the live stream. */
export interface LiveEvent {
  /** For `lastEventId`: the stream goes on after it. */
  readonly id: string
  /** As in the catalogue: `run.completed`. */
  readonly type: string
  /** The event as it came, CloudEvents 1.0. */
  readonly data: CloudEvent
}

/** CloudEvents 1.0, structured. */
export interface CloudEvent {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  /** `orrery.` and the type of the catalogue. */
  readonly type: string
  readonly subject: string
  /** RFC 3339, in UTC. */
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly sequence: string
  readonly data: {
    readonly workspace: string
    readonly actor: string
    readonly reason?: string
    readonly request_id: string
    readonly before?: Readonly<Record<string, unknown>>
    readonly after?: Readonly<Record<string, unknown>>
    readonly also?: readonly string[]
  }
}

export interface LiveOptions {
  /** Ends the stream; it then throws the reason of the signal. */
  readonly signal?: AbortSignal | undefined
  /** Types of the catalogue, or `noun.*`; left out: all that one may see. */
  readonly types?: readonly string[] | undefined
  readonly subjectBegins?: string | undefined
  /** Where to go on; left out: from now. */
  readonly lastEventId?: string | undefined
  readonly workspace?: string | undefined
  /**
   * Called for each connection. `stream` is its id, for `orrery.events.replaceStreamSubscriptions`; what was replaced
   * is forgotten when the connection breaks, so replace it here.
   */
  readonly onOpen?: ((stream: string) => void) | undefined
  /**
   * Called when events are missing, because the stream was away for longer than the server remembers: read what is
   * shown anew. Left out: the stream throws RESOURCE_DOES_NOT_EXIST instead.
   */
  readonly onGap?: (() => void) | undefined
  /** Milliseconds without a byte after which a connection counts as broken; 45,000 if not given. */
  readonly silenceMs?: number | undefined
}

/** The server says that it is there every 15 s. */
const SILENCE_MS = 45_000
const MOST_PAUSE_MS = 30_000
const ROW: AnyDeclaration = eventRoutes.stream
const AWAY: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

/** Where a stream stands, and how long it waits before it connects anew. */
interface Place {
  lastEventId: string | undefined
  pauseMs: number
  /** Connections in a row that brought nothing. */
  failures: number
}

export function makeLive(connection: Connection) {
  return async function* live(options: LiveOptions = {}): AsyncGenerator<LiveEvent, never, undefined> {
    const place: Place = { lastEventId: options.lastEventId, pauseMs: 1_000, failures: 0 }
    const { path } = compileRequest(ROW)({ types: options.types, subject_begins: options.subjectBegins })
    // The first time it is a call like others: a wrong address must not be tried for ever.
    for (let attempt = connection; ; attempt = { ...connection, retry: retries(1) }) {
      let atLeastMs = 0
      try {
        yield* connectOnce(attempt, path, place, options)
      } catch (error) {
        options.signal?.throwIfAborted()
        if (attempt === connection ? !(error instanceof Broken) : !isAway(error)) throw error
        if (error instanceof OrreryError) atLeastMs = (error.retryAfterSeconds ?? 0) * 1000
      }
      place.failures++
      await connection.pause(Math.max(atLeastMs, pauseAfter(place)), options.signal)
    }
  }
}

/** The server's own pause for the first time, then longer ones: a server that is away is not stormed. */
function pauseAfter({ pauseMs, failures }: Place): number {
  const most = Math.min(MOST_PAUSE_MS, pauseMs * 2 ** (failures - 1))
  return most * (0.5 + Math.random() / 2)
}

function isAway(error: unknown): boolean {
  if (!(error instanceof OrreryError)) return error instanceof Broken
  return error.code === 'UNREACHABLE' || error.code === 'TIMED_OUT' || AWAY.has(error.status)
}

/** A connection that ended by itself, in the middle or at its end. */
class Broken extends Error {}

async function* connectOnce(
  connection: Connection,
  path: string,
  place: Place,
  options: LiveOptions,
): AsyncGenerator<LiveEvent, void, undefined> {
  const watch = watchSilence(options.silenceMs ?? SILENCE_MS)
  const signal = options.signal === undefined ? watch.signal : AbortSignal.any([options.signal, watch.signal])
  const headers = {
    accept: 'text/event-stream',
    ...(place.lastEventId === undefined ? {} : { 'last-event-id': place.lastEventId }),
  }
  const sent = { row: ROW, method: 'GET', path, headers, body: undefined }
  const { workspace } = options
  const answer = await send(connection, sent, rawAnswer, { signal: options.signal, workspace })
  watch.heard()
  try {
    checkStream(answer)
    for await (const frame of readFrames(answer.body!, signal, watch.heard)) {
      const event = take(frame, place, options)
      if (event !== undefined) yield event
    }
  } catch (error) {
    options.signal?.throwIfAborted()
    if (error instanceof OrreryError) throw error
    throw new Broken('the stream broke', { cause: error })
  } finally {
    watch.end()
  }
}

function checkStream({ status, headers, body }: RawAnswer): void {
  if (body !== null && headers.get('content-type')?.startsWith('text/event-stream')) return
  void body?.cancel()
  throw new OrreryError('NOT_ORRERY', `The answer to ${ROW.name} is no stream of events.`, {
    call: ROW.name,
    status,
    hint: WHERE_TO_LOOK,
  })
}

/** Moves the place on. @returns the event, where the frame is one */
function take(frame: Frame, place: Place, options: LiveOptions): LiveEvent | undefined {
  if (frame.retryMs !== undefined) place.pauseMs = frame.retryMs
  const told = parse(frame.data)
  if (told === undefined) return undefined
  const id = frame.id ?? (told.position === undefined ? undefined : String(told.position))
  place.failures = 0
  if (frame.event === 'gone') {
    place.lastEventId = id
    tellGap(options)
    return undefined
  }
  if (frame.event === 'hello' && typeof told.stream === 'string') options.onOpen?.(told.stream)
  if (id !== undefined) place.lastEventId = id
  if (told.specversion === undefined) return undefined
  const data = told as unknown as CloudEvent
  return { id: place.lastEventId ?? '', type: data.type.replace(/^orrery\./, ''), data }
}

function parse(data: string): Readonly<Record<string, unknown>> | undefined {
  if (data === '') return undefined
  try {
    const told: unknown = JSON.parse(data)
    return typeof told === 'object' && told !== null ? (told as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

function tellGap({ onGap }: LiveOptions): void {
  if (onGap !== undefined) {
    onGap()
    return
  }
  throw new OrreryError(
    'RESOURCE_DOES_NOT_EXIST',
    'The stream was away for longer than the server remembers: events are missing.',
    { call: ROW.name, hint: 'Read what you need anew, then follow from now on; or give onGap.' },
  )
}

/** Ends a connection on which nothing comes any more, not even that the server is there. */
function watchSilence(ms: number) {
  const own = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const heard = () => {
    clearTimeout(timer)
    timer = setTimeout(() => own.abort(new Error('nothing was heard')), ms)
  }
  return { signal: own.signal, heard, end: () => clearTimeout(timer) }
}
