import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Frame, readFrames } from './read-frames.ts'

const encoder = new TextEncoder()
const live = new AbortController().signal

function streamOf(...pieces: readonly (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces)
        controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece)
      controller.close()
    },
  })
}

async function framesOf(...pieces: readonly (string | Uint8Array)[]): Promise<Partial<Frame>[]> {
  const frames = await Array.fromAsync(readFrames(streamOf(...pieces), live))
  return frames.map((frame) =>
    Object.fromEntries(Object.entries(frame).filter(([, value]) => value !== undefined)),
  )
}

const rows: { name: string; pieces: (string | Uint8Array)[]; frames: Partial<Frame>[] }[] = [
  {
    name: 'a message has an id, an event and data',
    pieces: ['id: 7\nevent: run.completed\ndata: {"a":1}\n\n'],
    frames: [{ id: '7', event: 'run.completed', data: '{"a":1}' }],
  },
  {
    name: 'an id holds for its own message only',
    pieces: ['id: 7\ndata: a\n\ndata: b\n\n'],
    frames: [
      { id: '7', event: 'message', data: 'a' },
      { event: 'message', data: 'b' },
    ],
  },
  {
    name: 'lines of data are one text',
    pieces: ['data: a\ndata:b\ndata\n\n'],
    frames: [{ event: 'message', data: 'a\nb\n' }],
  },
  { name: 'comments and unknown fields are nothing', pieces: [': here\nx: y\n\n'], frames: [] },
  {
    name: 'a pause alone is told',
    pieces: ['retry: 1000\n\n'],
    frames: [{ event: 'message', data: '', retryMs: 1000 }],
  },
  {
    name: 'a pause that is no number is none',
    pieces: ['retry: soon\ndata: a\n\n'],
    frames: [{ event: 'message', data: 'a' }],
  },
  {
    name: 'a message without its end is not one',
    pieces: ['data: a\n\ndata: b\n'],
    frames: [{ event: 'message', data: 'a' }],
  },
  {
    name: 'lines end as they like, also between two pieces',
    pieces: ['data: a\r\n\r\ndata: b\r', '\n\r', '\ndata: c\r\rdata: d\n\n'],
    frames: ['a', 'b', 'c', 'd'].map((data) => ({ event: 'message', data })),
  },
  {
    name: 'a letter may be cut between two pieces',
    pieces: [encoder.encode('data: ü\n\n').slice(0, 7), encoder.encode('data: ü\n\n').slice(7)],
    frames: [{ event: 'message', data: 'ü' }],
  },
]
for (const { name, pieces, frames } of rows)
  test(name, async () => assert.deepEqual(await framesOf(...pieces), frames))

test('every way to cut a stream gives the same messages', async () => {
  const whole = 'id: 1\r\ndata: a\r\n\r\n: here\ndata: b\ndata: c\n\n'
  const wanted = await framesOf(whole)
  assert.equal(wanted.length, 2)
  for (let at = 1; at < whole.length; at++) {
    assert.deepEqual(await framesOf(whole.slice(0, at), whole.slice(at)), wanted, `cut at ${at}`)
  }
})

test('the signal ends a stream that stands still, and the stream is let go', async () => {
  const stop = new AbortController()
  let isCancelled = false
  const still = new ReadableStream<Uint8Array>({
    cancel() {
      isCancelled = true
    },
  })
  const next = readFrames(still, stop.signal).next()
  const reason = new Error('enough')
  stop.abort(reason)
  await assert.rejects(next, reason)
  assert.ok(isCancelled)
})
