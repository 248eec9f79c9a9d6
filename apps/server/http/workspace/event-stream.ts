import { Readable } from 'node:stream'
import type { eventRoutes } from '@orrery/base/contract'
import { invalid } from '@orrery/base/kernel'
import type { StreamEnd, StreamFrame, StreamOutlet, Streams, SubscriptionFilter } from '@orrery/domain/events'
import type { Bindings } from '../kit/index.ts'

type OpenStream = Bindings<typeof eventRoutes>['stream']

/** How long a browser waits before it connects again, ms. */
const RETRY_MS = 1_000

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Said to nginx, which would otherwise hold back what is small.
  'x-accel-buffering': 'no',
}

/** Answers with server-sent events, until the client goes or is no longer welcome. */
export function makeOpenStream(streams: Streams): OpenStream {
  return async function openStream(caller, { input, headers, callerNow }) {
    const filter: SubscriptionFilter = {
      ...(input.types === undefined || input.types.length === 0 ? {} : { types: input.types }),
      ...(input.subject_begins === undefined ? {} : { subjectBegins: input.subject_begins }),
    }
    const { outlet, body, signal } = makeOutlet()
    await streams.open(caller, {
      after: lastEventId(headers['last-event-id']) ?? input.after,
      wishes: { filters: [filter] },
      ...{ callerNow, signal, outlet },
    })
    return { status: 200, headers: HEADERS, body }
  }
}

/** Frames as the text of a body; the signal aborts when nobody reads it any more. */
function makeOutlet(): { outlet: StreamOutlet; body: Readable; signal: AbortSignal } {
  const gone = new AbortController()
  const body = new Readable({ read() {} })
  body.once('close', () => gone.abort())
  const outlet: StreamOutlet = {
    send(frames) {
      body.push(frames.map(textOf).join(''))
    },
    waiting: () => body.readableLength,
    end(because) {
      if (because === 'slow') body.destroy(cut(because))
      else body.push(null)
    },
  }
  return { outlet, body, signal: gone.signal }
}

/** As when the client itself had gone: the end of a stream is no failure of the server. */
function cut(because: StreamEnd): Error {
  return Object.assign(new Error(`The stream was ended: ${because}.`), { code: 'ABORT_ERR' })
}

/** Events have no name, so that `onmessage` hears them; what is about the stream itself has one. */
export function textOf(frame: StreamFrame): string {
  const { position } = frame
  switch (frame.kind) {
    case 'event':
      return `id: ${position}\ndata: ${frame.json}\n\n`
    case 'hello':
      return `retry: ${RETRY_MS}\n${named(frame.kind, { stream: frame.stream, position })}`
    default:
      return named(frame.kind, { position })
  }
}

function named(name: string, data: { readonly position: number; readonly stream?: string }): string {
  return `event: ${name}\nid: ${data.position}\ndata: ${JSON.stringify(data)}\n\n`
}

/** @throws INVALID_PARAMETER_VALUE for an id that no stream has sent */
function lastEventId(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === '') return undefined
  const position = Number(header)
  if (/^\d{1,16}$/.test(String(header)) && Number.isSafeInteger(position)) return position
  throw invalid(
    `The header Last-Event-ID holds no position: '${String(header).slice(0, 100)}'.`,
    'Send the id of the last event that came, or leave the header out.',
  )
}
