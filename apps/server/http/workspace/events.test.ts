import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVENT_TYPES } from '@orrery/base/contract'
import { eachEngine } from '@orrery/drivers/db/testing'
import {
  type AccountServer,
  basic,
  bearer,
  type Headers,
  MIGRATIONS,
  serveAccounts,
} from '../testing/serve-accounts.ts'

const V1 = '/workspaces/vision/api/orrery/v1'

interface Frame {
  readonly event: string
  readonly id: string
  // biome-ignore lint/suspicious/noExplicitAny: looked at field by field
  readonly data: any
}

/** A client of server-sent events over a real socket. */
async function connect(address: string, path: string, headers: Headers) {
  const gone = new AbortController()
  const answer = await fetch(address + path, { headers, signal: gone.signal })
  const frames: Frame[] = []
  let isOver = false
  let changed = () => {}
  const reading = (async () => {
    let text = ''
    for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += piece
      const parts = text.split('\n\n')
      text = parts.pop()!
      frames.push(...parts.map(readFrame))
      changed()
    }
  })()
    .catch(() => {})
    .finally(() => {
      isOver = true
      changed()
    })

  const waitFor = async (holds: () => boolean) => {
    while (!holds()) {
      assert.ok(!isOver, `the stream has ended with ${answer.status} after ${frames.length} frames`)
      await new Promise<void>((resolve) => {
        changed = resolve
      })
    }
  }
  return {
    answer,
    frames,
    events: () => frames.filter(({ event }) => event === 'message'),
    until: (count: number) =>
      waitFor(() => frames.filter(({ event }) => event === 'message').length >= count),
    untilNamed: (name: string) => waitFor(() => frames.some(({ event }) => event === name)),
    end: () => waitFor(() => isOver),
    async leave() {
      gone.abort()
      await reading
    },
  }
}

function readFrame(text: string): Frame {
  const fields = Object.fromEntries(
    text.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
  return { event: fields.event ?? 'message', id: fields.id ?? '', data: JSON.parse(fields.data ?? 'null') }
}

async function openTeam(server: AccountServer) {
  for (const name of ['vision', 'speech']) await server.makeWorkspace(name)
  for (const name of ['olga', 'rita', 'dana']) await server.makeUser(name)
  await server.assign('vision', 'owner', 'olga')
  await server.assign('vision', 'reader', 'rita')
  await server.assign('vision', 'data-scientist', 'dana')
}

const newRun = (server: AccountServer, workspace = 'vision', headers = basic('root')) =>
  server.done('POST', `/workspaces/${workspace}/api/2.0/mlflow/runs/create`, { experiment_id: '0' }, headers)

eachEngine('events over HTTP', MIGRATIONS, (open) => {
  test('a stream tells what happens in its workspace, and goes on behind the last id', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await openTeam(server)
    const address = await server.listen()
    const path = `${V1}/events/stream?types=run.created`
    const first = await connect(address, path, basic('rita'))
    assert.equal(first.answer.status, 200)
    assert.equal(first.answer.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    assert.equal(first.answer.headers.get('cache-control'), 'no-store')
    await newRun(server)
    await newRun(server, 'speech')
    await newRun(server)
    await first.until(2)
    assert.equal(first.frames[0]!.event, 'hello')
    const [one, two] = first.events()
    assert.equal(one!.data.specversion, '1.0')
    assert.equal(one!.data.type, 'orrery.run.created')
    assert.equal(one!.data.data.workspace, 'vision')
    await first.leave()
    await newRun(server)
    const second = await connect(address, path, { ...basic('rita'), 'last-event-id': one!.id })
    await second.until(2)
    const [again, next] = second.events()
    assert.equal(again!.id, two!.id)
    assert.ok(Number(next!.id) > Number(two!.id))
    await second.leave()
  })

  test('a token that is revoked ends its stream', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await openTeam(server)
    const address = await server.listen()
    const made = await server.done('POST', `${V1}/tokens`, { name: 'browser' }, basic('rita'))
    const stream = await connect(address, `${V1}/events/stream`, bearer(made.token))
    await stream.untilNamed('hello')
    await server.done('DELETE', `${V1}/tokens/${made.details.id}`, {}, basic('rita'))
    await newRun(server)
    await stream.end()
    assert.deepEqual(
      stream.events().filter(({ data }) => data.type === 'orrery.run.created'),
      [],
    )
  })

  test('whoever loses their role hears nothing more', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await openTeam(server)
    const address = await server.listen()
    const stream = await connect(address, `${V1}/events/stream?types=run.created`, basic('rita'))
    await newRun(server)
    await stream.until(1)
    await server.done('DELETE', `${V1}/role-assignments/reader/rita`)
    await newRun(server)
    await stream.end()
    assert.equal(stream.events().length, 1)
  })

  test('wishes are replaced by another call of the same account, and of no other', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await openTeam(server)
    const address = await server.listen()
    const stream = await connect(address, `${V1}/events/stream?types=model.registered`, basic('rita'))
    await stream.untilNamed('hello')
    const path = `${V1}/events/stream/${stream.frames[0]!.data.stream}/subscriptions`
    const body = { filters: [{ types: ['run.*'] }] }
    const others = await server.call('PUT', path, basic('dana'), body)
    assert.deepEqual([others.status, others.body.error_code], [404, 'RESOURCE_DOES_NOT_EXIST'])
    assert.equal((await server.call('PUT', path, basic('rita'), body)).status, 204)
    await stream.untilNamed('wishes')
    await newRun(server)
    await stream.until(1)
    const bad = await server.call('PUT', path, basic('rita'), { filters: [{ types: ['run.sung'] }] })
    assert.deepEqual([bad.status, bad.body.error_code], [400, 'INVALID_PARAMETER_VALUE'])
    await stream.leave()
  })

  test('bad ids and types are refused before a stream begins', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await openTeam(server)
    for (const [query, headers] of [
      ['', { 'last-event-id': 'yesterday' }],
      ['?after=-', {}],
      ['?types=run.sung', {}],
    ] as const) {
      const answer = await server.call('GET', `${V1}/events/stream${query}`, { ...basic('rita'), ...headers })
      assert.deepEqual([answer.status, answer.body.error_code], [400, 'INVALID_PARAMETER_VALUE'], query)
    }
  })

  test('a server that stops ends its streams', async () => {
    await using db = await open()
    const server = await serveAccounts(db)
    await openTeam(server)
    const address = await server.listen()
    const stream = await connect(address, `${V1}/events/stream`, basic('rita'))
    await stream.untilNamed('hello')
    await server[Symbol.asyncDispose]()
    await stream.end()
    assert.ok(stream.frames.length > 0)
  })

  test('the list has the newest first, in pages, without what is for readers of the audit log', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await openTeam(server)
    for (let i = 0; i < 5; i++) await newRun(server)
    await newRun(server, 'speech')
    await server.settle()
    const list = (query: string, headers = basic('rita')) =>
      server.done('GET', `${V1}/events?${query}`, undefined, headers)
    const first = await list('types=run.*&limit=3')
    const second = await list(`types=run.*&limit=3&page_token=${first.next_page_token}`)
    const numbers = [...first.events, ...second.events].map(({ number }: { number: number }) => number)
    assert.equal(numbers.length, 5)
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => b - a),
    )
    assert.ok(first.events.every(({ address }: { address: string }) => address === ''))
    const access = await list('types=role.assigned')
    assert.deepEqual(access.events, [])
    const owners = await list('types=role.assigned', basic('olga'))
    assert.equal(owners.events.length, 3)
    assert.equal(owners.events[0].credential, 'password')
  })

  test('the list refuses what it cannot read', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await openTeam(server)
    for (const query of ['limit=0', 'limit=1001', 'page_token=x', 'types=run.sung', 'since=now']) {
      const answer = await server.call('GET', `${V1}/events?${query}`, basic('rita'))
      assert.deepEqual([answer.status, answer.body.error_code], [400, 'INVALID_PARAMETER_VALUE'], query)
    }
  })

  test('the catalogue names every type, and who may see it', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await openTeam(server)
    const { types } = await server.done('GET', `${V1}/events/catalogue`, undefined, basic('rita'))
    assert.deepEqual(
      types.map(({ type }: { type: string }) => type),
      EVENT_TYPES,
    )
    const created = types.find(({ type }: { type: string }) => type === 'run.created')
    assert.equal(created.audience, 'experiment')
    assert.equal(created.to_come, false)
  })
})
