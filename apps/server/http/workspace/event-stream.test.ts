import assert from 'node:assert/strict'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import type { Caller } from '@orrery/base/kernel'
import type { StreamFrame, StreamOutlet, Streams } from '@orrery/domain/events'
import { makeOpenStream, textOf } from './event-stream.ts'

/** A stream that has begun, seen from both sides. */
async function begun() {
  let outlet!: StreamOutlet
  let signal!: AbortSignal
  const streams: Streams = {
    open: async (_caller, input) => {
      outlet = input.outlet
      signal = input.signal
    },
    replaceWishes: async () => {},
  }
  const { body } = await makeOpenStream(streams)({} as Caller, { input: {}, headers: {} } as never)
  return { outlet, signal, body: body as Readable }
}

const frame = (position: number, json = '{}'): StreamFrame => ({
  kind: 'event',
  position,
  type: 'run.created',
  json,
})

test('frames are written as server-sent events', () => {
  assert.equal(textOf(frame(7, '{"a":1}')), 'id: 7\ndata: {"a":1}\n\n')
  assert.equal(
    textOf({ kind: 'hello', stream: 's', position: 3 }),
    'retry: 1000\nevent: hello\nid: 3\ndata: {"stream":"s","position":3}\n\n',
  )
  assert.equal(textOf({ kind: 'gone', position: 9 }), 'event: gone\nid: 9\ndata: {"position":9}\n\n')
})

test('what a client has not taken is counted, and a slow one loses its connection', async () => {
  const { outlet, signal, body } = await begun()
  const failed = new Promise<NodeJS.ErrnoException>((resolve) => body.once('error', resolve))
  outlet.send([frame(1, 'x'.repeat(1_000)), frame(2, 'x'.repeat(1_000))])
  assert.ok(outlet.waiting() > 2_000 && outlet.waiting() < 2_100)
  outlet.end('slow')
  // As when the client had gone: no failure of the server.
  assert.equal((await failed).code, 'ABORT_ERR')
  assert.equal(signal.aborted, true)
})

test('a stream that ends otherwise ends its body behind what was sent', async () => {
  const { outlet, signal, body } = await begun()
  outlet.send([frame(1)])
  outlet.end('refused')
  let text = ''
  for await (const piece of body) text += piece
  assert.equal(text, 'id: 1\ndata: {}\n\n')
  assert.equal(signal.aborted, true)
})

test('a client that goes away is noticed', async () => {
  const { signal, body } = await begun()
  const closed = new Promise((resolve) => body.once('close', resolve))
  body.destroy()
  await closed
  assert.equal(signal.aborted, true)
})
