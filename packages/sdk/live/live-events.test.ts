import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OrreryError } from '../index.ts'
import { broken, problem, type Reply, withReplies } from '../testing/fake-fetch.ts'

const encoder = new TextEncoder()

const hello = (position: number) =>
  `event: hello\nid: ${position}\ndata: {"stream":"s-${position}","position":${position}}\n\n`
const event = (position: number, type = 'run.completed') =>
  `id: ${position}\ndata: ${JSON.stringify({ specversion: '1.0', id: `e${position}`, type: `orrery.${type}` })}\n\n`

/** A stream of these pieces that then ends, breaks or stays open. */
function stream(pieces: readonly string[], then: 'ends' | 'breaks' | 'stays' = 'ends'): Reply {
  return ({ signal }) => {
    const rest = [...pieces]
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        signal.addEventListener('abort', () => controller.error(signal.reason))
      },
      pull(controller) {
        const piece = rest.shift()
        if (piece !== undefined) return controller.enqueue(encoder.encode(piece))
        if (then === 'ends') controller.close()
        if (then === 'breaks') controller.error(new TypeError('terminated'))
        return undefined
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream', 'x-request-id': 'r' } })
  }
}

type Client = ReturnType<typeof withReplies>

async function take(
  count: number,
  { orrery }: Client,
  options: Parameters<Client['orrery']['live']>[0] = {},
) {
  const ids: string[] = []
  for await (const { id, type } of orrery.live(options)) if (ids.push(`${id} ${type}`) === count) break
  return ids
}

test('events come with their place and the type of the catalogue; what the stream says of itself does not', async () => {
  const client = withReplies([
    stream([
      'retry: 1000\n\n',
      hello(4),
      ': here\n\n',
      event(5),
      'event: position\nid: 8\ndata: {"position":8}\n\n',
      event(9, 'alias.set'),
    ]),
  ])
  assert.deepEqual(await take(2, client), ['5 run.completed', '9 alias.set'])
})

test('it asks for what is wished', async () => {
  const client = withReplies([stream([event(1)])])
  await take(1, client, {
    types: ['run.*', 'alias.set'],
    subjectBegins: 'runs/',
    workspace: 'vision',
    lastEventId: '12',
  })
  const { url, headers } = client.seen[0]!
  assert.equal(url.pathname, '/workspaces/vision/api/orrery/v1/events/stream')
  assert.equal(url.search, '?types=run.*&types=alias.set&subject_begins=runs%2F')
  assert.equal(headers.get('last-event-id'), '12')
  assert.equal(headers.get('accept'), 'text/event-stream')
})

for (const then of ['ends', 'breaks'] as const) {
  test(`a stream that ${then} goes on where it was, after the pause of the server`, async () => {
    const client = withReplies([
      stream(['retry: 2000\n\n', hello(4), event(5)], then),
      stream([hello(5), event(6)]),
    ])
    assert.deepEqual(await take(2, client), ['5 run.completed', '6 run.completed'])
    assert.equal(client.seen[1]!.headers.get('last-event-id'), '5')
    assert.equal(client.pauses.length, 1)
    assert.ok(client.pauses[0]! >= 1000 && client.pauses[0]! <= 2000, String(client.pauses))
  })
}

test('what happened between the beginning and the first event is not lost either', async () => {
  const client = withReplies([stream([hello(41)]), stream([event(42)])])
  await take(1, client)
  assert.equal(client.seen[1]!.headers.get('last-event-id'), '41')
})

test('a server that is away for a while is asked again, with longer and longer pauses', async () => {
  const away = problem(503, 'TEMPORARILY_UNAVAILABLE', 'Away.', { 'retry-after': '90' })
  const client = withReplies([
    stream([event(1)]),
    broken('ECONNREFUSED'),
    broken('ECONNREFUSED'),
    away,
    stream([event(2)]),
  ])
  assert.deepEqual(await take(2, client), ['1 run.completed', '2 run.completed'])
  const [first, second, third, fourth] = client.pauses as [number, number, number, number]
  assert.ok(
    first <= 1000 && second >= 1000 && second <= 2000 && third >= 2000 && third <= 4000,
    String(client.pauses),
  )
  assert.equal(fourth, 90_000)
})

test('a first connection that fails is told, like any other call', async () => {
  const client = withReplies([broken('ECONNREFUSED')], { retries: () => undefined })
  await assert.rejects(
    take(1, client),
    (error) => error instanceof OrreryError && error.code === 'UNREACHABLE',
  )
  assert.equal(client.seen.length, 1)
})

test('a right that was taken away ends the stream with what the server says', async () => {
  const client = withReplies([
    stream([event(1)]),
    problem(401, 'UNAUTHENTICATED', 'The token has been revoked.'),
  ])
  await assert.rejects(take(2, client), /has been revoked/)
})

test('what is no stream is told', async () => {
  const page: Reply = () => new Response('<html>', { headers: { 'content-type': 'text/html' } })
  await assert.rejects(
    take(1, withReplies([page])),
    (error) => error instanceof OrreryError && error.code === 'NOT_ORRERY',
  )
})

const gone = (position: number) => `event: gone\ndata: {"position":${position}}\n\n`

test('missing events are never passed over in silence', async () => {
  const client = withReplies([stream([gone(900), event(901)])])
  await assert.rejects(
    take(1, client, { lastEventId: '1' }),
    (error) =>
      error instanceof OrreryError &&
      error.code === 'RESOURCE_DOES_NOT_EXIST' &&
      /events are missing/.test(error.message),
  )
  const again = withReplies([stream([event(1)]), stream([gone(900)])])
  await assert.rejects(take(2, again), /events are missing/)
})

test('whoever reads anew goes on behind the gap', async () => {
  const client = withReplies([stream([gone(900)]), stream([event(901)])])
  let gaps = 0
  const onGap = () => {
    gaps++
  }
  assert.deepEqual(await take(1, client, { lastEventId: '1', onGap }), ['901 run.completed'])
  assert.equal(gaps, 1)
  assert.equal(client.seen[1]!.headers.get('last-event-id'), '900')
})

test('each connection says its id', async () => {
  const streams: string[] = []
  const client = withReplies([stream([hello(1), event(2)]), stream([hello(2), event(3)])])
  await take(2, client, { onOpen: (id) => streams.push(id) })
  assert.deepEqual(streams, ['s-1', 's-2'])
})

test('a connection on which nothing is heard any more is given up', async () => {
  const client = withReplies([stream([hello(1)], 'stays'), stream([event(2)])])
  assert.deepEqual(await take(1, client, { silenceMs: 5 }), ['2 run.completed'])
})

test('the signal ends it with its reason; leaving the loop lets the connection go', async () => {
  const stop = new AbortController()
  const reason = new Error('enough')
  const client = withReplies([stream([event(1)], 'stays')])
  await assert.rejects(async () => {
    for await (const _ of client.orrery.live({ signal: stop.signal })) stop.abort(reason)
  }, reason)

  let isCancelled = false
  const open: Reply = () =>
    new Response(
      new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(encoder.encode(event(1))),
        cancel() {
          isCancelled = true
        },
      }),
      { headers: { 'content-type': 'text/event-stream' } },
    )
  await take(1, withReplies([open]))
  assert.ok(isCancelled)
})
