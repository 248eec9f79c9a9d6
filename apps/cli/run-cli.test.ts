import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { HOST_COMMANDS } from './groups.ts'
import { jsonOf, typist } from './testing/type.ts'

const SERVER = { ORRERY_URL: 'http://server.test', ORRERY_TOKEN: 'secret' }

/** Answers every request alike and notes what was sent. */
function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
  const seen: Request[] = []
  const fetch = (async (address: string, init: RequestInit) => {
    seen.push(new Request(address, init))
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const usual = { 'content-type': 'application/json', 'x-request-id': 'r-7' }
    return new Response(text, { status, headers: { ...usual, ...headers } })
  }) as typeof globalThis.fetch
  return { fetch, seen }
}

const problem = (status: number, error_code: string, message = 'What is wrong.') =>
  answering(status, { error_code, message }, { 'x-request-id': 'r-7' })

test('typos are met with the nearest word and exit code 2', async () => {
  const { type } = typist()
  for (const [argv, says] of [
    [['rnu', 'list'], /no command 'rnu'.*\nDid you mean 'run'/],
    [['run', 'lsit'], /Unknown command 'lsit'[\s\S]*list/],
    [['run', 'list', '--qeury', 'x'], /Unknown option '--qeury'[\s\S]*--query/],
    [['frobnicate'], /no command 'frobnicate'/],
    [['--frob', 'run'], /'--frob' cannot stand before/],
    [['-o', 'json'], /^No command was given\.\n`orrery --help` lists them/],
    [['-o'], /^No command was given/],
    [['run', 'show'], /Missing required argument 'run'/],
    [['run', 'move', 'a'], /Required option '--to/],
    [['run', 'list', '--max-results', 'many'], /'many' is invalid[\s\S]*must be a number/],
    [['user', 'list', '--kind', 'robot'], /Allowed choices are user, service, group/],
    [['run', 'show', 'a', 'b'], /too many arguments/i],
    [['workspace', 'list', '-y'], /Unknown option '-y'/],
  ] as const) {
    const { code, out, err } = await type(...argv)
    assert.equal(code, 2, argv.join(' '))
    assert.equal(out, '', argv.join(' '))
    assert.match(err, says)
  }
})

test('what cannot be parsed ends with the help that says what can', async () => {
  const { type } = typist()
  for (const [argv, line] of [
    [['run', 'lsit'], 'run'],
    [['run', 'list', '--frob'], 'run list'],
    [['lineage', 'show', 'fraud/1'], 'lineage show'],
    [['login', '--frob'], 'login'],
  ] as const) {
    const { err } = await type(...argv)
    assert.match(err, new RegExp(`\n\`orrery ${line} --help\` [a-z ]+\\.\n$`))
  }
})

test('what no workspace can be called is refused before anything is sent', async () => {
  const { fetch, seen } = answering(200, { runs: [] })
  const { type, typeWith } = typist({ fetch, env: SERVER })
  for (const name of ['', '.', '..']) {
    const { code, err } = await type('run', 'list', '-w', name)
    assert.deepEqual(
      [code, err],
      [2, `'${name}' is no name of a workspace.\n\`orrery workspace list\` shows them.\n`],
    )
  }
  assert.equal((await typeWith({ env: { ...SERVER, ORRERY_WORKSPACE: '..' } }, 'run', 'list')).code, 2)
  assert.equal(seen.length, 0)
})

test('a group alone shows its verbs on stderr; --help of a verb is on stdout, with examples', async () => {
  const { type } = typist()
  const alone = await type('run')
  assert.deepEqual([alone.code, alone.out], [2, ''])
  assert.match(alone.err, /list .*Lists runs/)
  const help = await type('run', 'list', '--help')
  assert.deepEqual([help.code, help.err], [0, ''])
  assert.match(help.out, /Examples:\n {2}# The newest runs/)
})

test('options of every command may stand before the group and the verb', async () => {
  const { fetch, seen } = answering(200, { runs: [{ info: { run_id: 'r1' } }] })
  const { type } = typist({ fetch, env: SERVER })
  for (const argv of [
    ['-o', 'tsv', '--query', '[].info.run_id', '-w', 'vision', 'run', 'list'],
    ['--output=tsv', 'run', '--query=[].info.run_id', '-wvision', 'list'],
    ['run', 'list', '-o', 'tsv', '--query', '[].info.run_id', '-w', 'vision'],
  ]) {
    assert.deepEqual(await type(...argv), { code: 0, out: 'r1\n', err: '' })
    assert.match(seen.at(-1)!.url, /^http:\/\/server\.test\/workspaces\/vision\//)
  }
})

const refusals: [number, string, number][] = [
  [401, 'UNAUTHENTICATED', 3],
  [403, 'PERMISSION_DENIED', 4],
  [403, 'QUOTA_EXCEEDED', 4],
  [404, 'RESOURCE_DOES_NOT_EXIST', 5],
  [400, 'RESOURCE_ALREADY_EXISTS', 6],
  [409, 'RESOURCE_CONFLICT', 6],
  [400, 'INVALID_PARAMETER_VALUE', 2],
  [404, 'ENDPOINT_NOT_FOUND', 8],
  [500, 'INTERNAL_ERROR', 1],
  [400, 'A_CODE_OF_THE_FUTURE', 1],
]
for (const [status, errorCode, expected] of refusals) {
  test(`${errorCode} ends with ${expected} and the server's sentence`, async () => {
    const { type } = typist({ fetch: problem(status, errorCode).fetch, env: SERVER })
    const { code, out, err } = await type('run', 'show', 'r'.repeat(32))
    assert.deepEqual([code, out], [expected, ''])
    assert.match(err, /What is wrong\./)
    if (expected === 1) assert.match(err, /request r-7/)
    assert.doesNotMatch(err, /\n\s+at /, 'no stack')
  })
}

test('a wrong credential names the command that gets another, and a variable that is in its way', async () => {
  const { type, typeWith } = typist({ fetch: problem(401, 'UNAUTHENTICATED').fetch })
  const plain = await type('run', 'list', '--url', 'http://server.test')
  assert.match(
    plain.err,
    /\nSign in with `orrery login http:\/\/server\.test`, or set ORRERY_URL and ORRERY_TOKEN\.\n$/,
  )
  const variable = await typeWith({ env: SERVER }, 'run', 'list')
  assert.match(
    variable.err,
    /^The token in ORRERY_TOKEN was not taken: What is wrong\.\nPut another one into ORRERY_TOKEN/,
  )
})

test('a server that is away ends with 7 and its address', async () => {
  const fetch = (async () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error(''), { code: 'ECONNREFUSED' }) })
  }) as typeof globalThis.fetch
  const { code, err } = await typist({ fetch, env: SERVER }).type('run', 'list')
  assert.equal(code, 7)
  assert.match(err, /http:\/\/server\.test.*ECONNREFUSED/)
})

test('an address without an Orrery ends with 8', async () => {
  const page = answering(200, '<html>Sign in to the proxy</html>', { 'content-type': 'text/html' })
  const { code, err } = await typist({ fetch: page.fetch, env: SERVER }).type('run', 'list')
  assert.equal(code, 8)
  assert.match(err, /Does the address lead to an Orrery server/)
})

for (const [name, body] of Object.entries({
  'fields of its own': { status: 'ok' },
  nothing: {},
  'a list': [],
})) {
  test(`a service that answers everything with ${name} ends with 8, not with an empty success`, async () => {
    const other = answering(200, body, { 'x-request-id': 'its-own' })
    const { type } = typist({ fetch: other.fetch, env: SERVER })
    for (const argv of [
      ['experiment', 'show', '1'],
      ['workspace', 'show', 'vision'],
      ...(name === 'nothing'
        ? []
        : [
            ['run', 'list'],
            ['experiment', 'list'],
            ['workspace', 'list'],
          ]),
    ]) {
      const { code, out, err } = await type(...argv)
      assert.deepEqual([code, out], [8, ''], `${argv.join(' ')}: ${err}`)
      assert.match(err, /^http:\/\/server\.test is no Orrery: its answer to \S+ is .*, where an object with /)
      assert.match(err, /Check its host, port and path/)
    }
  })
}

test('a service that answers nothing but {}, without ids for its requests, is asked what it is', async () => {
  const seen: string[] = []
  const fetch = (async (address: string) => {
    seen.push(new URL(address).pathname)
    return Response.json({})
  }) as typeof globalThis.fetch
  const { code, out, err } = await typist({ fetch, env: SERVER }).type('run', 'list')
  assert.deepEqual([code, out, seen.at(-1)], [8, '', '/openapi.json'])
  assert.match(err, /is no Orrery: its answer to runs\.search is an empty object/)
})

test('a token of the environment is not sent to the server of a profile', async () => {
  const { fetch, seen } = answering(200, { runs: [] })
  const { type, typeWith } = typist({ fetch })
  await type('config', 'set', 'url=http://profile.test')
  const { err } = await typeWith({ env: { ORRERY_TOKEN: 'secret' } }, 'run', 'list')
  assert.equal(seen[0]!.headers.get('authorization'), null)
  assert.match(err, /ORRERY_TOKEN is not sent to http:\/\/profile\.test/)
  await typeWith({ env: { ORRERY_TOKEN: 'secret' } }, 'run', 'list', '--url', 'http://flag.test')
  assert.equal(seen[1]!.headers.get('authorization'), 'Bearer secret')
})

test('a query that is none, or a form that is none, is refused before anything is sent', async () => {
  const { fetch, seen } = answering(200, {})
  const { type } = typist({ fetch, env: SERVER })
  const bad = await type('model', 'register', 'fraud', '--source', 's3://b/m', '--query', '[?')
  assert.deepEqual([bad.code, seen.length], [2, 0])
  assert.match(bad.err, /--query '\[\?' cannot be used: .*\nIt is JMESPath/)
  assert.equal((await type('run', 'restore', 'r'.repeat(32), '-o', 'xml')).code, 2)
  assert.equal(seen.length, 0)
})

test('a question without a terminal ends with 9 and sends nothing; with --yes it is not asked', async () => {
  const { fetch, seen } = answering(200, {})
  const { type } = typist({ fetch, env: SERVER })
  const asked = await type('run', 'delete', 'r'.repeat(32))
  assert.equal(asked.code, 9)
  assert.match(asked.err, /^There is no terminal to ask on: Put r+ aside\? .*\nPass --yes\./)
  assert.equal(seen.length, 0)
  assert.equal((await type('run', 'delete', 'r'.repeat(32), '--yes')).code, 0)
  assert.equal(seen.length, 1)
})

test('a person who does not say yes is taken at their word', async () => {
  const { fetch, seen } = answering(200, {})
  const { typeWith } = typist({ fetch, env: SERVER })
  for (const stdin of ['n\n', '\n', '']) {
    const { code, err } = await typeWith({ isTerminal: true, stdin }, 'run', 'delete', 'r'.repeat(32))
    assert.equal(code, 11, JSON.stringify(stdin))
    assert.match(err, /\[y\/N\] [\s\S]*Nothing was done/)
  }
  assert.equal(seen.length, 0)
  assert.equal((await typeWith({ isTerminal: true, stdin: 'y\n' }, 'run', 'delete', 'r'.repeat(32))).code, 0)
})

test('a terminal that does not know its width is shown everything', async () => {
  const run_name = 'x'.repeat(100)
  const { fetch } = answering(200, { runs: [{ info: { run_id: 'r1', run_name } }] })
  const { typeWith } = typist({ fetch, env: SERVER, isTerminal: true })
  assert.ok((await typeWith({ columns: 0 }, 'run', 'list')).out.includes(run_name))
  assert.ok(!(await typeWith({}, 'run', 'list')).out.includes(run_name))
  assert.match((await typeWith({ columns: 0 }, 'run', 'list', '--help')).out, /Lists runs/)
})

test('what others wrote does not reach the terminal as it is', async () => {
  const evil = '\u001b]0;owned\u0007'
  const runs = [{ info: { run_id: 'r1', run_name: evil } }]
  const listed = await typist({ fetch: answering(200, { runs }).fetch, env: SERVER }).typeWith(
    { isTerminal: true },
    'run',
    'list',
  )
  assert.match(listed.out, /\\x1b\]0;owned/)
  const failed = await typist({
    fetch: problem(404, 'RESOURCE_DOES_NOT_EXIST', evil).fetch,
    env: SERVER,
  }).type('run', 'list')
  for (const text of [listed.out, failed.err]) assert.ok(!text.includes('\u001b'))
})

test('an empty list is a line on stderr for a person and [] for a program', async () => {
  const { type, typeWith } = typist({ fetch: answering(200, {}).fetch, env: SERVER })
  assert.deepEqual(await typeWith({ isTerminal: true }, 'run', 'list'), {
    code: 0,
    out: '',
    err: 'Nothing to show.\n',
  })
  assert.deepEqual(jsonOf(await type('run', 'list')), [])
  assert.deepEqual(await type('run', 'list', '-o', 'tsv'), { code: 0, out: '', err: '' })
})

test('Ctrl-C ends with 130 and says nothing', async () => {
  const stop = new AbortController()
  const fetch = (async (_: string, { signal }: RequestInit) => {
    stop.abort(new Error('interrupted'))
    signal!.throwIfAborted()
  }) as unknown as typeof globalThis.fetch
  const typed = await typist({ fetch, env: SERVER, signal: stop.signal }).type('run', 'list')
  assert.deepEqual(typed, { code: 130, out: '', err: '' })
})

test('a fault of our own is a sentence, and a stack only when asked for', async () => {
  const fetch = (() => {
    throw null
  }) as unknown as typeof globalThis.fetch
  const { type, typeWith } = typist({ fetch, env: { ...SERVER, ORRERY_CONFIG_DIR: '/dev/null/x' } })
  const plain = await type('config', 'set', 'output=json')
  assert.equal(plain.code, 2)
  assert.doesNotMatch(plain.err, /\n\s+at /)
  const debugging = await typeWith({ env: { ORRERY_DEBUG: '1' } }, 'config', 'set', 'output=json')
  assert.match(debugging.err, /\n\s+at /)
})

test('a configuration that cannot be read ends with 2 and its path, also where it is not needed', async () => {
  const { type, configFolder } = typist()
  mkdirSync(configFolder)
  writeFileSync(join(configFolder, 'config.json'), '{"profiles":', { mode: 0o600 })
  const { code, err } = await type('run', 'list')
  assert.equal(code, 2)
  assert.match(err, /config\.json cannot be read: .*\nMend or delete it/)
})

test('commands of the host are no groups of this program', async () => {
  const { type } = typist()
  for (const name of Object.keys(HOST_COMMANDS)) assert.equal((await type(name)).code, 2, name)
})
