import type { CallOptions, RawAnswer } from '../call.ts'
import type { Calls } from '../calls.ts'
import type { Connection } from '../connection.ts'
import { noAnswer } from '../no-answer.ts'
import { OrreryError, refused } from '../orrery-error.ts'
import { below, type FileOwner, type FindRoot } from './find-root.ts'

export interface DownloadOptions extends CallOptions {
  /** Bytes from `start` up to, not including, `end`; to the end of the file if that is left out. */
  readonly range?: { readonly start: number; readonly end?: number | undefined } | undefined
}

/** A file that is being read. Read or cancel it, or its connection stays taken. */
export interface Download {
  /** Bytes of the whole file; undefined where a proxy packs it on its way. */
  readonly size: number | undefined
  /** Of the content; undefined where a proxy takes it out. */
  readonly etag: string | undefined
  readonly contentType: string | undefined
  readonly body: ReadableStream<Uint8Array>
  bytes(): Promise<Uint8Array>
  text(): Promise<string>
}

export function makeDownload(calls: Calls, connection: Connection, findRoot: FindRoot) {
  return async function download(
    owner: FileOwner,
    path: string,
    { range, ...options }: DownloadOptions = {},
  ): Promise<Download> {
    checkRange(range)
    options.signal?.throwIfAborted()
    const artifact_path = below(await findRoot(owner, options), path)
    const ask = (headers: Record<string, string>) =>
      calls.artifacts.download({ artifact_path }, { ...options, headers: { ...PLAIN, ...headers } })
    const answer = await ask(range === undefined ? {} : { range: rangeOf(range.start, range.end) })
    const facts = factsOf(answer, range)
    const body = resuming({ connection, signal: options.signal, ask, facts }, answer)
    const whole = () => new Response(body)
    return {
      size: facts.size,
      etag: facts.etag,
      contentType: answer.headers.get('content-type') ?? undefined,
      body,
      bytes: async () => new Uint8Array(await whole().arrayBuffer()),
      text: () => whole().text(),
    }
  }
}

/** Where a byte stands must not depend on how the file was packed on its way. Browsers keep their own word on this. */
const PLAIN = { 'accept-encoding': 'identity' }

function checkRange(range: DownloadOptions['range']): void {
  if (range === undefined) return
  const { start, end } = range
  const isFine =
    Number.isSafeInteger(start) &&
    start >= 0 &&
    (end === undefined || (Number.isSafeInteger(end) && end > start))
  if (!isFine)
    throw refused(
      'files',
      `The range ${start} to ${end ?? 'the end'} is none: give whole numbers, the first below the second.`,
    )
}

const rangeOf = (start: number, end: number | undefined) =>
  `bytes=${start}-${end === undefined ? '' : end - 1}`

interface Facts {
  readonly start: number
  /** Of what comes, exclusive; undefined where it cannot be known. */
  readonly end: number | undefined
  readonly size: number | undefined
  readonly etag: string | undefined
}

function factsOf({ status, headers }: RawAnswer, range: DownloadOptions['range']): Facts {
  const start = range?.start ?? 0
  const etag = headers.get('etag') ?? undefined
  if (range === undefined && headers.has('content-encoding'))
    return { start, end: undefined, size: undefined, etag }
  if (status === 206) {
    const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? []
    if (Number(first) === start) return { start, end: Number(last) + 1, size: Number(size), etag }
  } else if (start === 0) {
    const length = headers.get('content-length')
    const size = length === null ? undefined : Number(length)
    // Who does not know ranges sends all of it, which may be more than was asked for.
    const isMore = range?.end !== undefined && !(size !== undefined && size <= range.end)
    if (!isMore) return { start, end: size, size, etag }
  }
  throw new OrreryError(
    'NOT_ORRERY',
    'The answer to artifacts.download is not the range that was asked for.',
    {
      call: 'artifacts.download',
      status,
    },
  )
}

interface Reading {
  readonly connection: Connection
  readonly signal: AbortSignal | undefined
  readonly ask: (headers: Record<string, string>) => Promise<RawAnswer>
  readonly facts: Facts
}

/** The bytes of a file, over as many connections as it takes. */
function resuming(reading: Reading, first: RawAnswer): ReadableStream<Uint8Array> {
  const { end } = reading.facts
  let reader = readerOf(first)
  let at = reading.facts.start
  let failures = 0
  let isCancelled = false

  /** The next piece, or undefined at the end. */
  async function next(): Promise<Uint8Array | undefined> {
    for (;;) {
      try {
        const { done, value } = await reader.read()
        if (!done) return value
        if (isCancelled || end === undefined || at >= end) return undefined
        throw new TypeError('terminated')
      } catch (error) {
        reading.signal?.throwIfAborted()
        if (isCancelled || (end !== undefined && at >= end)) return undefined
        reader = await reopen(reading, at, ++failures, error)
        if (isCancelled) await reader.cancel()
      }
    }
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = await next()
        if (isCancelled) return
        if (piece === undefined) return controller.close()
        failures = 0
        at += piece.byteLength
        controller.enqueue(piece)
      },
      cancel(reason) {
        isCancelled = true
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

async function reopen(
  { connection, signal, ask, facts }: Reading,
  at: number,
  number: number,
  cause: unknown,
) {
  const failure = noAnswer(connection.url, 'artifacts.download', cause, false, true)
  const { etag, end } = facts
  // Only a strong tag says that the bytes are the same, and without one nobody knows.
  if (etag === undefined || etag.startsWith('W/') || end === undefined) throw failure
  const pauseMs = connection.retry({ number, status: 0, isRepeatable: true, retryAfterSeconds: undefined })
  if (pauseMs === undefined) throw failure
  await connection.pause(pauseMs, signal)
  const answer = await ask({ range: rangeOf(at, end), 'if-range': etag }).catch((error: unknown) => {
    throw error instanceof OrreryError && error.status === 416 ? replaced() : error
  })
  const isRest = answer.headers.get('content-range')?.startsWith(`bytes ${at}-`) === true
  if (answer.status === 206 && isRest && answer.headers.get('etag') === etag) return readerOf(answer)
  await answer.body?.cancel()
  throw replaced()
}

function replaced(): OrreryError {
  return new OrreryError('RESOURCE_CONFLICT', 'The file was replaced while it was being read.', {
    call: 'artifacts.download',
    hint: 'Begin anew: what has come is of the file before.',
  })
}

function readerOf({ body }: RawAnswer): ReadableStreamDefaultReader<Uint8Array> {
  return (body ?? new Blob().stream()).getReader()
}
