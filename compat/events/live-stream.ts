import assert from 'node:assert/strict'

/** One server-sent event. */
export interface Frame {
  readonly id: string | undefined
  readonly event: string | undefined
  readonly data: string
}

/** A live stream as a browser has it: frames in the order in which they come. */
export async function openStream(url: string, lastEventId?: string) {
  const ending = new AbortController()
  const response = await fetch(url, {
    headers: {
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: ending.signal,
  })
  assert.equal(response.status, 200, response.ok ? '' : await response.text())
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
  const frames = framesOf(response.body!.pipeThrough(new TextDecoderStream()))
  return {
    /** The next frame that is wanted; those before it are passed over. */
    async until(isWanted: (frame: Frame) => boolean): Promise<Frame> {
      for (;;) {
        const { value, done } = await frames.next()
        if (done) throw new Error('the stream has ended')
        if (isWanted(value)) return value
      }
    },
    async [Symbol.asyncDispose]() {
      ending.abort()
      await frames.return(undefined).catch(() => {})
    },
  }
}

async function* framesOf(chunks: AsyncIterable<string>): AsyncGenerator<Frame, void> {
  let text = ''
  for await (const chunk of chunks) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const frame = frameOf(text.slice(0, end))
      text = text.slice(end + 2)
      if (frame.data !== '') yield frame
    }
  }
}

function frameOf(block: string): Frame {
  const values = (field: string) =>
    block
      .split('\n')
      .flatMap((line) => (line.startsWith(`${field}:`) ? line.slice(field.length + 1).trimStart() : []))
  return { id: values('id')[0], event: values('event')[0], data: values('data').join('\n') }
}
