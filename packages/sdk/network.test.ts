import assert from 'node:assert/strict'
import { once } from 'node:events'
import { openAsBlob } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Orrery, OrreryError } from './index.ts'

/* What lines and servers do that are not ours, over real sockets. */

const CONTENT = Buffer.from('0123456789'.repeat(50_000))
const owner = { run_id: 'r' }
const RUN = JSON.stringify({ run: { info: { artifact_uri: 'mlflow-artifacts:/0/r/artifacts' } } })

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer((request, response) => {
    response.setHeader('x-request-id', 'r')
    if (request.url!.includes('runs/get')) response.end(RUN)
    else answer(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const orrery = new Orrery({ url, pause: async (_ms, signal) => signal?.throwIfAborted() })
  return {
    url,
    orrery,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function failure(promise: Promise<unknown>): Promise<OrreryError> {
  const error = await promise.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof OrreryError, String(error))
  return error
}

test('nothing listens there', async () => {
  const server = await listen(() => {})
  await server[Symbol.asyncDispose]()
  const error = await failure(server.orrery.runs.search({}))
  assert.equal(error.code, 'UNREACHABLE')
  assert.match(error.message, /nothing listens there \(ECONNREFUSED\)/)
})

test('an https address at which http is spoken', async () => {
  await using server = await listen(() => {})
  const orrery = new Orrery({ url: server.url.replace('http:', 'https:'), retries: () => undefined })
  const error = await failure(orrery.runs.search({}))
  assert.equal(error.code, 'UNREACHABLE')
  assert.match(error.message, /does not speak TLS/)
})

test('a redirect is not followed', async () => {
  const paths: string[] = []
  await using server = await listen(({ url }, response) => {
    paths.push(url!)
    response.writeHead(302, { location: '/login' }).end('<html>')
  })
  const error = await failure(server.orrery.runs.search({}))
  assert.equal(error.code, 'NOT_ORRERY')
  assert.match(error.message, /leads elsewhere, to \/login/)
  assert.equal(paths.length, 1)
})

test('a server that takes the request and says nothing', async () => {
  await using server = await listen(() => {})
  const error = await failure(server.orrery.runs.create({}, { timeoutMs: 20 }))
  assert.equal(error.code, 'TIMED_OUT')
})

test('an answer that is cut is asked for again, where that does no harm', async () => {
  let asked = 0
  await using server = await listen((_, response) => {
    response.writeHead(200, { 'content-length': '100' })
    if (++asked > 1) response.end(`{"metrics":[]}${' '.repeat(86)}`)
    else response.write('{"metr', () => response.destroy())
  })
  assert.deepEqual(await server.orrery.metrics.getHistory({ run_id: 'r', metric_key: 'm' }), { metrics: [] })
  assert.equal(asked, 2)
})

test('a download whose line is cut again and again is whole', async () => {
  let asked = 0
  await using server = await listen(({ headers }, response) => {
    const start = Number(/^bytes=(\d+)-/.exec(headers.range ?? 'bytes=0-')![1])
    const rest = CONTENT.subarray(start)
    const range = { 'content-range': `bytes ${start}-${CONTENT.length - 1}/${CONTENT.length}` }
    response.writeHead(start === 0 ? 200 : 206, {
      ...(start === 0 ? {} : range),
      'content-length': String(rest.length),
      etag: '"e"',
    })
    if (++asked === 4) response.end(rest)
    else response.write(rest.subarray(0, 100_000), () => setImmediate(() => response.destroy()))
  })
  const file = await server.orrery.files.download(owner, 'a')
  assert.ok(CONTENT.equals(await file.bytes()))
  assert.equal(asked, 4)
})

test('a signal ends a body that is being read, with its reason', async () => {
  await using server = await listen((_, response) => {
    response.writeHead(200, { 'content-length': '1000', etag: '"e"' })
    response.write('x')
  })
  const stop = new AbortController()
  const reason = new Error('enough')
  const { body } = await server.orrery.files.download(owner, 'a', { signal: stop.signal })
  const whole = new Response(body).text()
  stop.abort(reason)
  await assert.rejects(whole, reason)

  const json = new AbortController()
  const call = server.orrery.metrics.getHistory({ run_id: 'r', metric_key: 'm' }, { signal: json.signal })
  setImmediate(() => json.abort(reason))
  await assert.rejects(call, reason)
})

test('a server that refuses an upload before it has read it is heard', async () => {
  await using server = await listen((request, response) => {
    request.resume()
    response.writeHead(403, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error_code: 'QUOTA_EXCEEDED', message: 'Full.' }))
  })
  const error = await failure(server.orrery.files.upload(owner, 'a', new Blob([Buffer.alloc(20_000_000)])))
  assert.deepEqual([error.code, error.message], ['QUOTA_EXCEEDED', 'Full.'])
})

test('a file that is changed while it is being sent is no fault of the server, and is not sent again', async () => {
  await using server = await listen((request) => request.resume())
  const folder = await mkdtemp(join(tmpdir(), 'orrery-sdk-'))
  const path = join(folder, 'a')
  await writeFile(path, 'before')
  const blob = await openAsBlob(path)
  await writeFile(path, 'longer than before')
  const error = await failure(server.orrery.files.upload(owner, 'a', blob))
  assert.equal(error.code, 'RESOURCE_CONFLICT')
  assert.match(error.message, /changed or removed while it was being sent/)
  await rm(folder, { recursive: true })
})
