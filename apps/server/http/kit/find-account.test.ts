import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fields, mlflow, orrery, raw } from '@orrery/base/contract'
import { Problem } from '@orrery/base/kernel'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { bind, makeFindAccount, makeHttp, makeOrigins, makeSlowBodies } from './index.ts'

const { message, text, nothing } = fields
const told = { takes: nothing, gives: nothing, summary: 'Of the test.' } as const

const routes = {
  read: mlflow({ ...told, name: 'test.read', method: 'GET', path: 'read', needs: 'run.read' }),
  write: mlflow({ ...told, name: 'test.write', method: 'POST', path: 'write', needs: 'run.write' }),
  enter: raw({ ...told, name: 'test.enter', method: 'POST', path: '/enter', needs: 'public' }),
  own: orrery({ ...told, name: 'test.own', method: 'DELETE', path: 'own', needs: 'signed-in' }),
  fail: orrery({
    ...told,
    name: 'test.fail',
    method: 'POST',
    path: 'fail',
    needs: 'run.write',
    takes: message({ password: text() }),
  }),
}

const SESSION = 's'.repeat(43)
const PASSWORD = 'the-password-itself'
const BASIC = `Basic ${Buffer.from(`alice:${PASSWORD}`).toString('base64')}`
const TOKEN = `orrery_pat_${'t'.repeat(43)}`

const logged: string[] = []
const asked: unknown[] = []
let app: FastifyInstance
const slowBodies = makeSlowBodies(Date.now)
before(() => {
  const bound = bind(routes, {
    read: () => ({}),
    write: () => ({}),
    own: () => ({}),
    enter: () => ({ status: 303, headers: { location: '/' }, cookies: ['a=1', 'b=2'] }),
    fail: () => {
      throw new Error('something broke')
    },
  })
  app = makeHttp(bound, {
    basePath: '',
    trustProxy: ['127.0.0.1'],
    log: pino({ level: 'trace', base: null }, { write: (line: string) => void logged.push(line) }),
    slowBodies,
    origins: makeOrigins({
      allowedHosts: ['ml.example.org'],
      corsAllowedOrigins: ['https://studio.example.org'],
      boundHost: '127.0.0.1',
    }),
    observe: () => {},
    findCaller: makeFindAccount({
      findCaller({ workspace, requestId, address, authorization, session }, welcome) {
        asked.push({ workspace, authorization, session, welcome })
        const isKnown = [BASIC, `Bearer ${TOKEN}`].includes(authorization ?? '') || session === SESSION
        if (!isKnown) throw new Problem('UNAUTHENTICATED', 'You are not authenticated.')
        return {
          workspace: { key: 1, name: 'default' },
          principal: { kind: 'user', name: 'alice', key: 3 },
          requestId,
          address,
          may: () => true,
          readable: () => ({ kind: 'all' }),
        }
      },
    }),
  })
})
after(async () => {
  slowBodies.stop()
  await app.close()
})

type Method = 'GET' | 'POST' | 'DELETE'

async function ask(method: Method, path: string, headers: Record<string, string> = {}, body = '{}') {
  asked.length = 0
  const answer = await app.inject({
    method,
    url: path,
    headers: {
      host: 'ml.example.org',
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(method === 'POST' ? { payload: body } : {}),
  })
  return { status: answer.statusCode, headers: answer.headers, text: answer.body }
}

const READ = '/api/2.0/mlflow/read'
const WRITE = '/ajax-api/2.0/mlflow/write'
const OWN = '/api/orrery/v1/own'
const cookie = `other=1; orrery=${SESSION}; more=2`
const SAME = { cookie, 'sec-fetch-site': 'same-origin', 'x-requested-with': 'studio' }

test('a header says who asks, and so does the workspace of the path', async () => {
  assert.equal((await ask('POST', WRITE, { authorization: BASIC })).status, 200)
  assert.deepEqual(asked, [
    { workspace: undefined, authorization: BASIC, session: undefined, welcome: 'members' },
  ])
  const path = `/workspaces/vision${OWN}`
  assert.equal((await ask('DELETE', path, { authorization: `Bearer ${TOKEN}`, cookie })).status, 200)
  assert.deepEqual(asked, [
    { workspace: 'vision', authorization: `Bearer ${TOKEN}`, session: undefined, welcome: 'anyone' },
  ])
})

test('without a credential the answer is 401 in MLflow’s shape, and asks programs for a password', async () => {
  for (const headers of [{}, { authorization: 'Basic x' }] as Record<string, string>[]) {
    const answer = await ask('GET', READ, headers)
    assert.equal(answer.status, 401)
    assert.deepEqual(JSON.parse(answer.text), {
      error_code: 'UNAUTHENTICATED',
      message: 'You are not authenticated.',
    })
    assert.equal(answer.headers['www-authenticate'], 'Basic realm="mlflow"')
  }
  const browser = await ask('GET', READ, { 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' })
  assert.deepEqual([browser.status, browser.headers['www-authenticate']], [401, undefined])
})

test('a credential in the query is no credential', async () => {
  for (const query of [
    `token=${TOKEN}`,
    `access_token=${TOKEN}`,
    `authorization=${encodeURIComponent(BASIC)}`,
  ]) {
    assert.equal((await ask('GET', `${READ}?${query}`)).status, 401)
  }
})

const counts: [what: string, method: Method, path: string, headers: Record<string, string>][] = [
  ['a page of this server that reads', 'GET', READ, { cookie, 'sec-fetch-site': 'same-origin' }],
  ['an old browser that reads', 'GET', READ, { cookie }],
  [
    'a link from elsewhere',
    'GET',
    READ,
    { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
  ],
  ['an own page that writes', 'POST', WRITE, SAME],
  ['an own page that deletes', 'DELETE', OWN, SAME],
  [
    'an old browser that says its origin',
    'POST',
    WRITE,
    { cookie, origin: 'http://ml.example.org', 'x-requested-with': '' },
  ],
  [
    'a page of a listed origin',
    'POST',
    WRITE,
    { cookie, origin: 'https://studio.example.org', 'sec-fetch-site': 'same-site' },
  ],
]
for (const [what, method, path, headers] of counts) {
  test(`a session counts for ${what}`, async () => {
    assert.equal((await ask(method, path, headers)).status, 200)
    assert.deepEqual((asked[0] as { session: string }).session, SESSION)
  })
}

const refused: [
  what: string,
  status: number,
  method: Method,
  path: string,
  headers: Record<string, string>,
][] = [
  ['a program', 403, 'POST', WRITE, { cookie, 'x-requested-with': 'x' }],
  ['a form that looks like a page', 403, 'POST', WRITE, { cookie, 'sec-fetch-site': 'same-origin' }],
  ['a delete without the header', 403, 'DELETE', OWN, { cookie, 'sec-fetch-site': 'same-origin' }],
  [
    'another site',
    403,
    'POST',
    WRITE,
    { ...SAME, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  ],
  [
    'a neighbour',
    403,
    'POST',
    WRITE,
    { ...SAME, origin: 'http://x.example.org', 'sec-fetch-site': 'same-site' },
  ],
  [
    'a foreign page that reads',
    401,
    'GET',
    READ,
    { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
  ],
  [
    'an image of a neighbour',
    401,
    'GET',
    READ,
    { cookie, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
  ],
  ['a page without origin', 403, 'POST', WRITE, { cookie, 'x-requested-with': 'x', origin: 'null' }],
  ['two cookies of one name', 401, 'POST', WRITE, { ...SAME, cookie: `orrery=x; orrery=${SESSION}` }],
  ['a cookie of another name', 401, 'POST', WRITE, { ...SAME, cookie: `xorrery=${SESSION}` }],
  [
    'a plain cookie over HTTPS',
    401,
    'POST',
    WRITE,
    { ...SAME, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'ml.example.org' },
  ],
]
for (const [what, status, method, path, headers] of refused) {
  test(`a session does not count for ${what}`, async () => {
    assert.equal((await ask(method, path, headers)).status, status)
  })
}

test('over HTTPS the cookie has a name that nobody else can set', async () => {
  const headers = { ...SAME, cookie: `__Host-orrery=${SESSION}`, 'x-forwarded-proto': 'https' }
  assert.equal((await ask('POST', WRITE, headers)).status, 200)
  assert.equal((await ask('POST', WRITE, { ...headers, 'x-forwarded-proto': 'http' })).status, 401)
})

test('an answer may set several cookies', async () => {
  const { status, headers } = await ask('POST', '/enter')
  assert.deepEqual([status, headers.location, headers['set-cookie']], [303, '/', ['a=1', 'b=2']])
  assert.equal(headers['x-content-type-options'], 'nosniff')
})

test('no secret is in the log or in an answer, whatever fails', async () => {
  logged.length = 0
  const answers: string[] = []
  const secrets = { authorization: BASIC, cookie: `orrery=${SESSION}; __Host-orrery=${SESSION}` }
  for (const headers of [
    secrets,
    { ...secrets, authorization: `Bearer ${TOKEN}` },
    { cookie, 'sec-fetch-site': 'same-origin', 'x-requested-with': 'x' },
    { ...secrets, authorization: `${BASIC}${PASSWORD}` },
    { ...secrets, host: 'evil.example' },
    { ...secrets, 'x-mlflow-workspace': 'two names' },
  ] as Record<string, string>[]) {
    const body = JSON.stringify({ password: PASSWORD })
    for (const path of ['/api/orrery/v1/fail', `${READ}?link=${SESSION}&code=${TOKEN}&state=${PASSWORD}`]) {
      for (const sent of [body, body.slice(0, -1)]) {
        const answer = await ask('POST', path, headers, sent)
        answers.push(answer.text, JSON.stringify(answer.headers))
      }
    }
    const broken = await ask('GET', `/%zz?link=${SESSION}`, headers)
    answers.push(broken.text)
  }
  assert.ok(logged.some((line) => line.includes('something broke')))
  for (const line of [...logged, ...answers]) {
    for (const secret of [SESSION, PASSWORD, TOKEN, BASIC, BASIC.slice(6)]) {
      assert.equal(line.includes(secret), false, line)
    }
  }
})
