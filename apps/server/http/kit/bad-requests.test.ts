import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { fields, mlflow, raw } from '@orrery/base/contract'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { bind, makeHttp, makeOrigins, makeSlowBodies } from './index.ts'
import type { SlowBodies } from './slow-bodies.ts'

const { message, text, nothing } = fields

const routes = {
  write: mlflow({
    name: 'test.write',
    method: 'POST',
    path: 'write',
    needs: 'run.write',
    summary: '',
    bodyLimitBytes: 1000,
    takes: message({ run_id: text() }),
    gives: nothing,
  }),
  fail: mlflow({
    name: 'test.fail',
    method: 'GET',
    path: 'fail',
    needs: 'run.read',
    summary: '',
    takes: nothing,
    gives: nothing,
  }),
  read: mlflow({
    name: 'test.read',
    method: 'GET',
    path: 'read',
    needs: 'run.read',
    summary: '',
    takes: message({ run_id: text() }),
    gives: message({ run_id: text() }),
  }),
  health: raw({
    name: 'test.health',
    method: 'GET',
    path: '/health',
    needs: 'public',
    summary: '',
    takes: nothing,
    gives: nothing,
  }),
  tag: mlflow({
    name: 'test.tag',
    method: 'DELETE',
    path: 'tags/{key}',
    needs: 'run.write',
    summary: '',
    takes: message({ key: text() }),
    gives: message({ key: text() }),
  }),
}

let app: FastifyInstance
let port: number
let nowMs = 0
let slowBodies: SlowBodies
const logged: string[] = []
let writes = 0

before(async () => {
  slowBodies = makeSlowBodies(() => nowMs)
  const bound = bind(routes, {
    write: () => {
      writes++
      return {}
    },
    fail: () => {
      throw new Error('the secret is hunter2')
    },
    read: (_caller, { run_id }) => ({ run_id }),
    health: () => ({ status: 200, body: 'OK' }),
    tag: (_caller, { key }) => ({ key }),
  })
  app = makeHttp(bound, {
    basePath: '',
    trustProxy: false,
    slowBodies,
    observe: () => {},
    log: pino({ level: 'debug' }, { write: (line: string) => logged.push(line) }),
    origins: makeOrigins({
      allowedHosts: ['ml.example.org'],
      corsAllowedOrigins: ['https://studio.example.org'],
      boundHost: '127.0.0.1',
    }),
    findCaller: (asking) => ({
      workspace: { key: 1, name: 'default' },
      principal: { kind: 'user', name: 'x' },
      requestId: asking.requestId,
      address: '',
      may: () => true,
      readable: () => ({ kind: 'all' }),
    }),
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  port = (app.server.address() as { port: number }).port
})
after(async () => {
  slowBodies.stop()
  await app.close()
})

interface Answer {
  status: number
  headers: string
  body: string
}

/** Sends bytes as they are and reads the answer, or '' where the connection is cut without one. */
async function send(bytes: string | Buffer): Promise<Answer> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(bytes)
  let answer = ''
  socket.on('data', (chunk: Buffer) => {
    answer += chunk
    const [head = '', body] = answer.split('\r\n\r\n')
    const isEmpty = /^HTTP\/1\.1 204 /.test(head)
    const length = isEmpty ? 0 : Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN)
    if (body !== undefined && Buffer.byteLength(body) >= length) socket.destroy()
  })
  socket.setTimeout(60_000, () => socket.destroy())
  await once(socket, 'close')
  const [headers = '', body = ''] = answer.split('\r\n\r\n')
  return { status: Number(headers.split(' ')[1] ?? 0), headers, body }
}

const WRITE = '/api/2.0/mlflow/write'
interface Sent {
  method?: string
  path?: string
  headers?: string[]
  body?: string
}
function request({ method = 'POST', path = WRITE, headers = [], body = '{"run_id":"a"}' }: Sent): string {
  const all = headers.some((header) => header.startsWith('Host:')) ? headers : ['Host: localhost', ...headers]
  if (method !== 'GET' && !all.some((header) => /^(content-length|transfer-encoding):/i.test(header))) {
    all.push(`Content-Length: ${Buffer.byteLength(body)}`)
  }
  return `${method} ${path} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n${method === 'GET' ? '' : body}`
}
const JSON_TYPE = 'Content-Type: application/json'

const rows: (Sent & { name: string; status: number; says: RegExp })[] = [
  {
    name: 'a foreign host',
    headers: ['Host: evil.example', JSON_TYPE],
    status: 403,
    says: /--allowed-hosts evil\.example/,
  },
  {
    name: 'a foreign host for health',
    method: 'GET',
    path: '/health',
    headers: ['Host: pod-7'],
    status: 200,
    says: /^OK$/,
  },
  { name: 'an allowed host', headers: ['Host: ml.example.org:8080', JSON_TYPE], status: 200, says: /^\{\}$/ },
  { name: 'a private address', headers: ['Host: 192.168.1.7:5000', JSON_TYPE], status: 200, says: /^\{\}$/ },
  {
    name: 'a public address',
    headers: ['Host: 93.184.216.34', JSON_TYPE],
    status: 403,
    says: /Invalid Host header/,
  },
  {
    name: 'a host that only begins like ours',
    headers: ['Host: localhost.evil.example', JSON_TYPE],
    status: 403,
    says: /Invalid Host/,
  },
  {
    name: 'two hosts',
    headers: ['Host: localhost', 'Host: evil.example', JSON_TYPE],
    status: 400,
    says: /more than one Host|not valid HTTP/,
  },
  {
    name: 'a page of another origin',
    headers: ['Origin: https://evil.example', JSON_TYPE],
    status: 403,
    says: /Cross-origin request blocked.*--cors-allowed-origins/,
  },
  { name: 'the origin null', headers: ['Origin: null', JSON_TYPE], status: 403, says: /Cross-origin/ },
  {
    name: 'an origin that only begins like an allowed one',
    headers: ['Origin: https://studio.example.org.evil.example', JSON_TYPE],
    status: 403,
    says: /Cross-origin/,
  },
  {
    name: 'an allowed origin over another scheme',
    headers: ['Origin: http://studio.example.org', JSON_TYPE],
    status: 403,
    says: /Cross-origin/,
  },
  {
    name: 'a cross-site request without Origin',
    headers: ['Sec-Fetch-Site: cross-site', JSON_TYPE],
    status: 403,
    says: /Cross-origin/,
  },
  {
    name: 'a page of our own',
    headers: ['Origin: http://localhost', JSON_TYPE],
    status: 200,
    says: /^\{\}$/,
  },
  {
    name: 'an allowed origin',
    headers: ['Origin: https://studio.example.org', JSON_TYPE],
    status: 200,
    says: /^\{\}$/,
  },
  {
    name: 'a cross-site DELETE',
    method: 'DELETE',
    path: '/api/2.0/mlflow/tags/a',
    headers: ['Origin: https://evil.example', JSON_TYPE],
    body: '',
    status: 403,
    says: /Cross-origin/,
  },
  {
    name: 'plain text',
    headers: ['Content-Type: text/plain'],
    status: 400,
    says: /Content-Type must be one of \['application\/json'\]/,
  },
  {
    name: 'a form',
    headers: ['Content-Type: application/x-www-form-urlencoded'],
    status: 400,
    says: /Content-Type must be one of/,
  },
  {
    name: 'a type that begins like JSON',
    headers: ['Content-Type: application/jsonp'],
    status: 400,
    says: /Content-Type must be one of/,
  },
  {
    name: 'no content type',
    status: 400,
    says: /Content-Type header is missing\. Send 'Content-Type: application\/json'/,
  },
  {
    name: 'a charset',
    headers: ['Content-Type: application/json; charset=utf-8'],
    status: 200,
    says: /^\{\}$/,
  },
  { name: 'a broken content type', headers: ['Content-Type: ;;;'], status: 400, says: /error_code/ },
  {
    name: 'a body that says it is too long',
    headers: [JSON_TYPE, 'Content-Length: 2000000000'],
    body: '',
    status: 413,
    says: /larger than the 1000 bytes/,
  },
  {
    name: 'a chunked body that is too long',
    headers: [JSON_TYPE, 'Transfer-Encoding: chunked'],
    body: `7d0\r\n${'x'.repeat(2000)}\r\n0\r\n\r\n`,
    status: 413,
    says: /REQUEST_TOO_LARGE/,
  },
  {
    name: 'length and chunks at once',
    headers: [JSON_TYPE, 'Content-Length: 5', 'Transfer-Encoding: chunked'],
    body: '0\r\n\r\n',
    status: 400,
    says: /BAD_REQUEST/,
  },
  {
    name: 'two lengths',
    headers: [JSON_TYPE, 'Content-Length: 5', 'Content-Length: 6'],
    status: 400,
    says: /BAD_REQUEST/,
  },
  {
    name: 'an unknown transfer encoding',
    headers: [JSON_TYPE, 'Transfer-Encoding: xchunked'],
    status: 400,
    says: /BAD_REQUEST/,
  },
  {
    name: 'a method override',
    method: 'GET',
    path: WRITE,
    headers: ['X-HTTP-Method-Override: POST'],
    status: 405,
    says: /METHOD_NOT_ALLOWED/,
  },
  {
    name: 'TRACE',
    method: 'TRACE',
    headers: ['Content-Length: 0'],
    body: '',
    status: 405,
    says: /TRACE is not a method/,
  },
  { name: 'an unknown verb', method: 'FROBNICATE', status: 400, says: /not valid HTTP/ },
  {
    name: 'dots in the path',
    method: 'GET',
    path: '/a/../../etc/passwd',
    status: 404,
    says: /ENDPOINT_NOT_FOUND/,
  },
  {
    name: 'a broken percent sign',
    method: 'DELETE',
    path: '/api/2.0/mlflow/tags/%zz',
    headers: [JSON_TYPE],
    body: '',
    status: 400,
    says: /BAD_REQUEST/,
  },
  {
    name: 'NUL in the path',
    method: 'DELETE',
    path: '/api/2.0/mlflow/tags/a%00',
    headers: [JSON_TYPE],
    body: '',
    status: 400,
    says: /NUL/,
  },
  {
    name: 'a tag key of 750 encoded characters',
    method: 'DELETE',
    path: `/api/2.0/mlflow/tags/${'%C3%A9'.repeat(250)}`,
    headers: [JSON_TYPE],
    body: '',
    status: 200,
    says: /é{250}/,
  },
  {
    name: 'an absolute target with our host',
    path: `http://localhost${WRITE}`,
    headers: [JSON_TYPE],
    status: 200,
    says: /^\{\}$/,
  },
  {
    name: 'headers of 20 KB',
    headers: [JSON_TYPE, `Cookie: ${'x'.repeat(20_000)}`],
    status: 431,
    says: /16 KiB/,
  },
  {
    name: 'a bad workspace header',
    headers: [JSON_TYPE, 'X-MLFLOW-WORKSPACE: a b'],
    status: 400,
    says: /X-MLFLOW-WORKSPACE/,
  },
  {
    name: 'two workspace headers',
    headers: [JSON_TYPE, 'X-MLFLOW-WORKSPACE: a', 'X-MLFLOW-WORKSPACE: b'],
    status: 400,
    says: /X-MLFLOW-WORKSPACE/,
  },
  {
    name: 'Accept: text/html on an error',
    path: '/nope',
    headers: [JSON_TYPE, 'Accept: text/html'],
    status: 404,
    says: /^\{"error_code"/,
  },
  { name: 'If-None-Match: *', headers: [JSON_TYPE, 'If-None-Match: *'], status: 200, says: /^\{\}$/ },
  { name: 'garbage', method: '\u0016\u0003\u0001', status: 400, says: /not valid HTTP/ },
]
for (const { name, status, says, ...sent } of rows) {
  test(`${name}: ${status}`, async () => {
    const before = writes
    const answer = await send(request(sent))
    assert.equal(answer.status, status, answer.headers + answer.body)
    assert.match(answer.body, says)
    assert.match(answer.headers, /x-content-type-options: nosniff/i)
    if (status !== 200) assert.equal(writes, before)
  })
}

test('a fault of ours tells its reason to the log, never to the caller', async () => {
  const answer = await send(
    request({ method: 'GET', path: '/api/2.0/mlflow/fail', headers: ['X-Request-Id: my-id'] }),
  )
  assert.equal(answer.status, 500)
  assert.deepEqual(JSON.parse(answer.body), {
    error_code: 'INTERNAL_ERROR',
    message: 'The server failed; its log has the reason under my-id.',
  })
  assert.ok(logged.some((line) => line.includes('hunter2') && line.includes('my-id')))
})

test('the log has one line a request, without bodies and headers', async () => {
  logged.length = 0
  await send(request({ headers: [JSON_TYPE, 'Authorization: Bearer s3cret'], body: '{"run_id":"private"}' }))
  assert.equal(logged.length, 1)
  assert.match(logged[0]!, /"route":"test.write","status":200/)
  assert.doesNotMatch(logged[0]!, /s3cret|private/)
})

test('HEAD answers as GET does, without the body', async () => {
  for (const path of ['/health', '/api/2.0/mlflow/read?run_id=a']) {
    const get = await fetch(`http://127.0.0.1:${port}${path}`)
    const head = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'HEAD' })
    assert.equal(head.status, 200)
    assert.equal(head.headers.get('content-length'), String((await get.arrayBuffer()).byteLength))
    assert.equal(await head.text(), '')
  }
})

test('a request id that could harm the log is replaced', async () => {
  const { headers } = await send(request({ headers: [JSON_TYPE, 'X-Request-Id: a b"c'] }))
  assert.match(headers, /x-request-id: [0-9a-f-]{36}/)
})

test('an allowed origin is answered by name, and its preflight too', async () => {
  const origin = 'Origin: https://studio.example.org'
  const answer = await send(request({ headers: [JSON_TYPE, origin] }))
  assert.match(answer.headers, /access-control-allow-origin: https:\/\/studio\.example\.org/)
  const preflight = await send(
    request({ method: 'OPTIONS', headers: [origin, 'Content-Length: 0'], body: '' }),
  )
  assert.equal(preflight.status, 204)
  // What a client in a page needs to read a file on, to follow events and to wait as long as it is asked to.
  for (const name of ['if-range', 'last-event-id', 'range', 'x-orrery-reason']) {
    assert.match(preflight.headers, new RegExp(`access-control-allow-headers: [^\\r]*\\b${name}\\b`))
  }
  for (const name of ['content-range', 'etag', 'retry-after', 'x-request-id']) {
    assert.match(answer.headers, new RegExp(`access-control-expose-headers: [^\\r]*\\b${name}\\b`))
  }
  const foreign = await send(
    request({ method: 'OPTIONS', headers: ['Origin: https://evil.example', 'Content-Length: 0'], body: '' }),
  )
  assert.equal(foreign.status, 405)
  assert.doesNotMatch(foreign.headers, /access-control/)
})

test('a body that comes a byte at a time is cut', async () => {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(request({ headers: [JSON_TYPE, 'Content-Length: 900'], body: '{' }))
  await once(app.server, 'request')
  await new Promise(setImmediate)
  slowBodies.sweep()
  assert.equal(socket.destroyed, false)
  nowMs += 60_000
  slowBodies.sweep()
  await once(socket, 'close')
})

test('a thousand pipelined requests are answered in order', async () => {
  const socket = connect(port, '127.0.0.1')
  const one = request({ headers: [JSON_TYPE] })
  socket.write(one.repeat(1000))
  // All together, because a status line may be cut in two by the network.
  let text = ''
  let answers = 0
  for await (const chunk of socket) {
    text += chunk
    answers = text.split('HTTP/1.1 200').length - 1
    if (answers === 1000) break
  }
  assert.equal(answers, 1000)
})
