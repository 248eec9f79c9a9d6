/** One message of a stream of server-sent events. */
export interface Frame {
  /** Of this message, not of one before; undefined where it has none. */
  readonly id: string | undefined
  /** `message` where none is told. */
  readonly event: string
  readonly data: string
  /** Milliseconds that the server asks to wait before connecting anew. */
  readonly retryMs: number | undefined
}

/**
 * Reads `text/event-stream`. Rejects where the stream breaks or the signal aborts, and cancels it when the loop is left.
 *
 * @param onBytes called for each piece, comments as well: the connection lives
 */
export async function* readFrames(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  onBytes: () => void = () => {},
): AsyncGenerator<Frame, void, undefined> {
  const reader = body.getReader()
  const aborted = rejectOnAbort(signal)
  const decoder = new TextDecoder()
  const take = makeTake()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), aborted.promise])
      if (done) return
      onBytes()
      // A carriage return at the end waits: its line feed may come with the next piece.
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/)
      rest = lines.pop()!
      for (const line of lines) {
        const frame = take(line)
        if (frame !== undefined) yield frame
      }
    }
  } finally {
    aborted.forget()
    void reader.cancel().catch(() => {})
  }
}

/** Not every `fetch` ends a body that is being read when its signal aborts. */
function rejectOnAbort(signal: AbortSignal) {
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<never>((_, refuse) => {
    reject = refuse
  })
  promise.catch(() => {})
  const onAbort = () => reject(signal.reason)
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) }
}

/** @returns what takes line after line and gives a frame where an empty one ends it */
function makeTake(): (line: string) => Frame | undefined {
  let id: string | undefined
  let event = 'message'
  let data: string[] = []
  let retryMs: number | undefined
  return function take(line) {
    if (line === '') {
      const frame: Frame = { id, event, data: data.join('\n'), retryMs }
      const isEmpty = data.length === 0 && retryMs === undefined
      id = undefined
      event = 'message'
      data = []
      retryMs = undefined
      return isEmpty ? undefined : frame
    }
    const colon = line.indexOf(':')
    if (colon === 0) return undefined
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') data.push(value)
    else if (name === 'event') event = value
    else if (name === 'id' && !value.includes('\0')) id = value
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) retryMs = Number(value)
    return undefined
  }
}
