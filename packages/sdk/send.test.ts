import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, OrreryError } from './index.ts'
import { broken, json, problem, type Reply, withReplies } from './testing/fake-fetch.ts'

const ask = { experiment_ids: ['0'] }

async function failure(promise: Promise<unknown>): Promise<OrreryError> {
  const error = await promise.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof OrreryError, String(error))
  return error
}

test('a refusal is repeated after the pause that the server names, in seconds or as a time of its own clock', async () => {
  const date = 'Sat, 21 Nov 2026 20:00:00 GMT'
  const { orrery, pauses, seen } = withReplies([
    problem(429, 'REQUEST_LIMIT_EXCEEDED', 'Too much.', { 'retry-after': '3' }),
    problem(503, 'TEMPORARILY_UNAVAILABLE', 'Away.', {
      'retry-after': 'Sat, 21 Nov 2026 20:00:05 GMT',
      date,
    }),
    json({ runs: [] }),
  ])
  assert.deepEqual(await orrery.runs.search(ask), { runs: [] })
  assert.deepEqual(pauses, [3000, 5000])
  assert.equal(seen.length, 3)
})

test('a time in the past is no pause, and nonsense is none of the server’s', async () => {
  const away = (after: string) => problem(503, 'TEMPORARILY_UNAVAILABLE', 'Away.', { 'retry-after': after })
  const { orrery } = withReplies([away('Thu, 01 Jan 1970 00:00:00 GMT')], { retries: () => undefined })
  assert.equal((await failure(orrery.runs.search(ask))).retryAfterSeconds, 0)
  const other = withReplies([away('soon')], { retries: () => undefined })
  assert.equal((await failure(other.orrery.runs.search(ask))).retryAfterSeconds, undefined)
})

test('a POST is not sent again after a broken connection, a GET is', async () => {
  const post = withReplies([broken('ECONNRESET'), json({ run: {} })])
  assert.equal((await failure(post.orrery.runs.create({}))).code, 'UNREACHABLE')
  assert.equal(post.seen.length, 1)
  const get = withReplies([broken('ECONNRESET'), json({ run: {} })])
  await get.orrery.runs.get({ run_id: 'a' })
  assert.equal(get.seen.length, 2)
})

test('an answer that breaks in the middle is asked for again where that does no harm', async () => {
  const torn: Reply = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          controller.error(
            new TypeError('terminated', { cause: Object.assign(new Error(), { code: 'UND_ERR_SOCKET' }) }),
          )
        },
      }),
    )
  const get = withReplies([torn, json({ run: { info: {} } })])
  assert.deepEqual(await get.orrery.runs.get({ run_id: 'a' }), { run: { info: {} } })
  const post = withReplies([torn])
  const error = await failure(post.orrery.runs.create({}))
  assert.match(
    error.message,
    /broke in the middle of the answer to runs\.create: the other side cut the connection/,
  )
  assert.equal(post.seen.length, 1)
})

test('a stream that is given as such is sent once', async () => {
  const { orrery, seen } = withReplies([problem(503, 'TEMPORARILY_UNAVAILABLE', 'Away.')])
  const body = new Blob(['x']).stream() as ReadableStream<Uint8Array>
  assert.equal((await failure(orrery.artifacts.upload({ artifact_path: 'a' }, { body }))).status, 503)
  assert.equal(seen.length, 1)
})

test('a function is asked for its body at each attempt', async () => {
  const { orrery, seen } = withReplies([problem(503, 'TEMPORARILY_UNAVAILABLE', 'Away.'), json({})])
  let asked = 0
  const body = async () => new Blob([`body ${++asked}`]).stream() as ReadableStream<Uint8Array>
  await orrery.artifacts.upload({ artifact_path: 'a' }, { body })
  assert.deepEqual(
    seen.map(({ text }) => text),
    ['body 1', 'body 2'],
  )
})

test('the token is asked for before each attempt', async () => {
  let asked = 0
  const { orrery, seen } = withReplies([problem(503, 'TEMPORARILY_UNAVAILABLE', 'Away.'), json({})], {
    token: async () => `t${++asked}`,
  })
  await orrery.runs.search(ask)
  assert.deepEqual(
    seen.map(({ headers }) => headers.get('authorization')),
    ['Bearer t1', 'Bearer t2'],
  )
})

test('without a token it says that a script asks, as pages with a cookie must', async () => {
  const { orrery, seen } = withReplies([json({})])
  await orrery.runs.search(ask)
  assert.equal(seen[0]!.headers.get('authorization'), null)
  assert.equal(seen[0]!.headers.get('x-requested-with'), 'orrery-sdk')
})

test('an empty token is none, and one that no header can hold is not repeated in the error', async () => {
  const { orrery, seen } = withReplies([json({})], { token: ' \n' })
  await orrery.runs.search(ask)
  assert.equal(seen[0]!.headers.get('authorization'), null)
  const two = withReplies([json({})], { token: 'orrery_a\norrery_b' })
  const error = await failure(two.orrery.runs.search(ask))
  assert.equal(error.code, 'UNAUTHENTICATED')
  assert.doesNotMatch(error.message, /orrery_/)
})

test('reason and workspace of a call are sent with it', async () => {
  const { orrery, seen } = withReplies([json({})], { workspace: 'vision' })
  await orrery.runs.delete({ run_id: 'a' }, { reason: 'It was a mistake.', workspace: 'a b' })
  await orrery.inWorkspace('own').runs.delete({ run_id: 'a' })
  assert.equal(seen[0]!.headers.get('x-orrery-reason'), 'It was a mistake.')
  assert.deepEqual(
    seen.map(({ url }) => url.pathname),
    ['/workspaces/a%20b/api/2.0/mlflow/runs/delete', '/workspaces/own/api/2.0/mlflow/runs/delete'],
  )
})

for (const reason of ['', 'two\nlines', 'für', 'x\u0000']) {
  test(`a reason that no header can hold is refused: ${JSON.stringify(reason)}`, async () => {
    const { orrery, seen } = withReplies([json({})])
    assert.equal(
      (await failure(orrery.runs.delete({ run_id: 'a' }, { reason }))).code,
      'INVALID_PARAMETER_VALUE',
    )
    assert.equal(seen.length, 0)
  })
}

test('an error says code, call, request id and the server’s own words', async () => {
  const { orrery } = withReplies([problem(404, 'RESOURCE_DOES_NOT_EXIST', "Run with id=a doesn't exist.")])
  const { code, status, call, requestId, message, hint } = await failure(orrery.runs.get({ run_id: 'a' }))
  assert.deepEqual(
    { code, status, call, requestId, message, hint },
    {
      code: 'RESOURCE_DOES_NOT_EXIST',
      status: 404,
      call: 'runs.get',
      requestId: 'r-1',
      message: "Run with id=a doesn't exist.",
      hint: undefined,
    },
  )
})

const html: Reply = () => new Response('<html>', { status: 200, headers: { 'content-type': 'text/html' } })
const NOT_ORRERY: { name: string; reply: Reply; says: RegExp }[] = [
  { name: 'a page', reply: html, says: /is no JSON/ },
  {
    name: 'a page that says no',
    reply: () => new Response('<html>', { status: 404 }),
    says: /404 and no error of Orrery/,
  },
  { name: 'JSON of others', reply: json({ detail: 'no' }, 404), says: /no error of Orrery/ },
  { name: 'JSON that is no object', reply: json('no', 404), says: /no error of Orrery/ },
  {
    name: 'a login page',
    reply: () => new Response(null, { status: 302, headers: { location: 'https://login.test/' } }),
    says: /leads elsewhere, to https:\/\/login\.test\//,
  },
]
for (const { name, reply, says } of NOT_ORRERY) {
  test(`what is no Orrery is told: ${name}`, async () => {
    const { orrery, seen } = withReplies([reply])
    const error = await failure(orrery.runs.get({ run_id: 'a' }))
    assert.equal(error.code, 'NOT_ORRERY')
    assert.match(error.message, says)
    assert.ok(error.hint)
    assert.equal(seen.length, 1, 'it is not asked again')
  })
}

const plain =
  (value: unknown, headers: Record<string, string> = {}): Reply =>
  () =>
    new Response(JSON.stringify(value), { headers: { 'content-type': 'application/json', ...headers } })
const OTHERS: { name: string; value: unknown; headers?: Record<string, string>; says: RegExp }[] = [
  {
    name: 'with other fields',
    value: { status: 'ok', uptime: 1 },
    says: /an object with 'status', 'uptime', where/,
  },
  { name: 'without fields', value: {}, says: /is an empty object, where an object with 'runs'/ },
  { name: 'that is a list', value: [], says: /is a list, where/ },
  { name: 'that is null', value: null, says: /is null, where/ },
  { name: 'with a field of the same name', value: { runs: 'fast' }, says: /an object with 'runs', where/ },
  {
    name: 'with ids for its requests',
    value: { status: 'ok' },
    headers: { 'x-request-id': 'abc', server: 'Others/1.0' },
    says: /^http:\/\/server\.test \(Others\/1\.0\) is no Orrery: its answer to runs\.search is an object with 'status', where an object with 'runs', 'next_page_token' was expected\.$/,
  },
]
for (const { name, value, headers, says } of OTHERS) {
  test(`another service that answers everything with JSON ${name} is told from an empty result`, async () => {
    const { orrery } = withReplies([plain(value, headers)], {}, false)
    const error = await failure(orrery.runs.search(ask))
    assert.equal(error.code, 'NOT_ORRERY')
    assert.match(error.message, says)
    assert.match(error.hint!, /host, port and path/)
  })
}

test('bytes of another service are not taken for a file', async () => {
  const { orrery } = withReplies([plain({ status: 'ok' }, { server: 'Others/1.0' })], {}, false)
  const error = await failure(orrery.registry.exportModel({ name: 'fraud' }))
  assert.equal(error.code, 'NOT_ORRERY')
  assert.equal(
    error.message,
    'http://server.test (Others/1.0) is no Orrery: its answer to registry.exportModel has no x-request-id.',
  )
  const proxied = withReplies([plain('bytes'), plain({ info: { title: 'Orrery' } })], {}, false).orrery
  assert.equal(await (await proxied.registry.exportModel({ name: 'fraud' })).text(), '"bytes"')
})

test('an answer with nothing in it is believed of a server that says what it is, asked once', async () => {
  const { orrery, seen } = withReplies(
    [plain({}), plain({ info: { title: 'Orrery' } }), plain({})],
    {},
    false,
  )
  assert.deepEqual(await orrery.runs.search(ask), {})
  assert.deepEqual(await orrery.runs.logMetric({ run_id: 'a', key: 'loss', value: 1, timestamp: 1 }), {})
  assert.equal(seen.filter(({ url }) => url.pathname === '/openapi.json').length, 1)
  const other = withReplies([plain({ ok: true })], {}, false).orrery
  const deleted = await failure(other.runs.delete({ run_id: 'a' }))
  assert.match(deleted.message, /an object with 'ok', where an empty one with an x-request-id was expected/)
})

test('a line that broke when the server was asked what it is, is no answer for good', async () => {
  const says = plain({ info: { title: 'Orrery' } })
  const { orrery, seen } = withReplies(
    [plain({}), broken('ECONNRESET'), plain({}), says, plain({})],
    {},
    false,
  )
  assert.equal((await failure(orrery.runs.search(ask))).code, 'NOT_ORRERY')
  assert.deepEqual(await orrery.runs.search(ask), {})
  assert.deepEqual(await orrery.runs.search(ask), {})
  assert.equal(seen.filter(({ url }) => url.pathname === '/openapi.json').length, 2)
})

for (const timeoutMs of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5' as unknown as number]) {
  test(`a time of ${JSON.stringify(timeoutMs)} (${timeoutMs}) is refused before anything is sent`, async () => {
    const { orrery, seen } = withReplies([json({ run: {} })])
    const error = await failure(orrery.runs.get({ run_id: 'a' }, { timeoutMs }))
    assert.equal(error.code, 'INVALID_PARAMETER_VALUE')
    assert.match(error.message, /^'timeoutMs' is .*: give milliseconds up to 2147483647, or 0 for no limit/)
    assert.equal(seen.length, 0)
  })
}

test('a time of 0 is no limit, where the shortest is over at once', async () => {
  const late: Reply = async (seen) => {
    // Far longer than a millisecond, by the clock that the other time ends by.
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 50)
      seen.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    seen.signal.throwIfAborted()
    return json({ run: {} })(seen)
  }
  const { orrery } = withReplies([late], { retries: () => undefined })
  assert.deepEqual(await orrery.runs.get({ run_id: 'a' }, { timeoutMs: 0 }), { run: {} })
  assert.equal((await failure(orrery.runs.get({ run_id: 'a' }, { timeoutMs: 1 }))).code, 'TIMED_OUT')
})

test('what is no object in place of the input or the options is named', async () => {
  const { orrery, seen } = withReplies([json({})])
  // biome-ignore lint/suspicious/noExplicitAny: programs without types
  const untyped = orrery as any
  const cases: [Promise<unknown>, string][] = [
    [
      untyped.runs.get(null),
      "'input' of runs.get is null: give an object such as { run_id: … }, or leave it out.",
    ],
    [
      untyped.runs.get('a'),
      "'input' of runs.get is a string: give an object such as { run_id: … }, or leave it out.",
    ],
    [
      untyped.runs.get(['a']),
      "'input' of runs.get is a list: give an object such as { run_id: … }, or leave it out.",
    ],
    [
      untyped.runs.get({ run_id: 'a' }, null),
      "'options' of runs.get is null: give an object such as { signal: … }, or leave it out.",
    ],
    [
      untyped.files.download(null, 'a'),
      'It is not said whose files: give { run_id } or { model_id }, with the id as text.',
    ],
    [
      untyped.files.upload({ run_id: null }, 'a', ''),
      'It is not said whose files: give { run_id } or { model_id }, with the id as text.',
    ],
  ]
  for (const [promise, says] of cases) {
    const error = await failure(promise)
    assert.deepEqual([error.code, error.message], ['INVALID_PARAMETER_VALUE', says])
  }
  const inPath = await failure(untyped.sessions.end({ id: null }))
  assert.match(inPath.message, /'id' of sessions\.end is '': it stands in the path/)
  assert.equal(seen.length, 0)
})

for (const status of [502, 503, 504]) {
  test(`a proxy before a server that is away, which answers ${status}, is no other program`, async () => {
    const { orrery } = withReplies([() => new Response('<html>', { status })])
    const error = await failure(orrery.runs.create({}))
    assert.deepEqual([error.code, error.status], ['UNREACHABLE', status])
    assert.match(error.message, new RegExp(`is ${status}, of a proxy that does not reach the server`))
  })
}

test('a server that does not know the call is older', async () => {
  const { orrery } = withReplies([
    problem(404, 'ENDPOINT_NOT_FOUND', 'No such route: GET /x.'),
    json({ info: { version: '3.17.2' } }),
  ])
  const error = await failure(orrery.runs.get({ run_id: 'a' }))
  assert.equal(error.code, 'VERSION_MISMATCH')
  assert.match(
    error.message,
    /^The server, compatible with MLflow 3\.17\.2, does not know runs\.get\. No such route/,
  )
  assert.match(error.hint!, /older/)
})

test('a server that does not know a field of the row is older; its version is asked for once', async () => {
  const unknown = problem(400, 'INVALID_PARAMETER_VALUE', "Unknown field 'read_only'. It takes name.")
  const { orrery, seen } = withReplies([unknown, json({ info: { version: '3.1.0' } }), unknown])
  for (let i = 0; i < 2; i++) {
    const error = await failure(orrery.tokens.create({ name: 'x', read_only: true }))
    assert.equal(error.code, 'VERSION_MISMATCH')
    assert.match(error.message, /MLflow 3\.1\.0, does not know 'read_only' of tokens\.create/)
  }
  assert.deepEqual(
    seen.map(({ url }) => url.pathname.split('/').at(-1)),
    ['tokens', 'openapi.json', 'tokens'],
  )
})

test('a field that no version has is a mistake of the caller', async () => {
  const { orrery } = withReplies([
    problem(400, 'INVALID_PARAMETER_VALUE', "Unknown field 'colour'. It takes name."),
  ])
  assert.equal((await failure(orrery.tokens.create({ name: 'x' }))).code, 'INVALID_PARAMETER_VALUE')
})

test('where the version cannot be asked for, it is left out', async () => {
  const { orrery } = withReplies([
    problem(405, 'METHOD_NOT_ALLOWED', 'PUT is not a method.'),
    broken('ECONNRESET'),
  ])
  assert.match(
    (await failure(orrery.runs.get({ run_id: 'a' }))).message,
    /^The server does not know runs\.get\./,
  )
})

const NO_ANSWER: [string, RegExp][] = [
  ['ECONNREFUSED', /http:\/\/server\.test cannot be reached: nothing listens there \(ECONNREFUSED\)\./],
  ['ENOTFOUND', /there is no host of that name/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /certificate is signed by itself/],
  ['ODD', /cannot be reached: ODD\./],
]
for (const [code, says] of NO_ANSWER) {
  test(`a server that cannot be reached is told with the reason: ${code}`, async () => {
    const { orrery } = withReplies([broken(code)])
    const error = await failure(orrery.runs.create({}))
    assert.equal(error.code, 'UNREACHABLE')
    assert.match(error.message, says)
    assert.equal(error.status, 0)
    assert.ok(error.cause)
  })
}

/** Answers when the signal says so, and not before. */
const never: Reply = ({ signal }) =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

test('an answer that does not come in time is told, and asked for again where that does no harm', async () => {
  const { orrery, seen } = withReplies([never, json({ run: {} })])
  assert.deepEqual(await orrery.runs.get({ run_id: 'a' }, { timeoutMs: 1_500 }), { run: {} })
  assert.equal(seen.length, 2)
  const post = withReplies([never])
  assert.equal((await failure(post.orrery.runs.create({}, { timeoutMs: 1 }))).code, 'TIMED_OUT')
})

test('the time of a JSON answer goes on until its end', async () => {
  const slow: Reply = ({ signal }) =>
    new Response(
      new ReadableStream({
        start(controller) {
          signal.addEventListener('abort', () => controller.error(signal.reason))
        },
      }),
    )
  const { orrery } = withReplies([slow], { retries: () => undefined })
  assert.equal((await failure(orrery.runs.get({ run_id: 'a' }, { timeoutMs: 1 }))).code, 'TIMED_OUT')
})

test('an aborted call throws the reason of its signal: before it is sent, while it waits, while it pauses', async () => {
  const reason = new Error('enough')
  const before = withReplies([json({})])
  await assert.rejects(before.orrery.runs.search(ask, { signal: AbortSignal.abort(reason) }), reason)
  assert.equal(before.seen.length, 0)

  const stop = new AbortController()
  const waiting = withReplies([never])
  const call = waiting.orrery.runs.search(ask, { signal: stop.signal })
  stop.abort(reason)
  await assert.rejects(call, reason)

  const later = new AbortController()
  const pausing = connect({
    url: 'http://server.test',
    retries: () => 60_000,
    fetch: (async () => {
      setImmediate(() => later.abort(reason))
      return Response.json({ error_code: 'TEMPORARILY_UNAVAILABLE', message: '' }, { status: 503 })
    }) as typeof fetch,
  })
  await assert.rejects(pausing.runs.search(ask, { signal: later.signal }), reason)
})

const ADDRESSES: [string, RegExp][] = [
  ['localhost:5000', /no http or https address/],
  ['ftp://x', /no http or https address/],
  ['', /no address/],
  ['http://ada:secret@server.test', /name or password/],
  ['http://server.test/?a=1', /query/],
]
for (const [url, says] of ADDRESSES) {
  test(`an address that leads nowhere is refused at once: ${url}`, () => {
    assert.throws(
      () => connect({ url }),
      (error) => error instanceof TypeError && says.test(error.message),
    )
  })
}

test('a name that is no workspace would lead elsewhere', async () => {
  for (const workspace of ['', '.', '..']) {
    assert.throws(() => connect({ url: 'http://server.test', workspace }), TypeError)
    const { orrery } = withReplies([json({})])
    await assert.rejects(orrery.runs.search(ask, { workspace }), TypeError)
  }
})

test('an address may end in a workspace, as tracking URIs do', async () => {
  const { orrery, seen } = withReplies([json({})], { url: 'http://server.test/ml/workspaces/a%20b/' })
  await orrery.runs.search(ask)
  await orrery.inWorkspace('vision').runs.search(ask)
  assert.deepEqual(
    seen.map(({ url }) => url.pathname.replace('/api/2.0/mlflow/runs/search', '')),
    ['/ml/workspaces/a%20b', '/ml/workspaces/vision'],
  )
  assert.throws(() => connect({ url: 'http://server.test/workspaces/a', workspace: 'b' }), /name one/)
  assert.throws(() => connect({ url: 'http://server.test/workspaces/%zz' }), TypeError)
})

test('an address may have a path, and slashes at its end', async () => {
  const { orrery, seen } = withReplies([json({})], { url: 'http://server.test/ml/' })
  await orrery.runs.search(ask)
  assert.equal(seen[0]!.url.pathname, '/ml/api/2.0/mlflow/runs/search')
})
