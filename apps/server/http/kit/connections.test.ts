import assert from 'node:assert/strict'
import { on, once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { fields, mlflow, raw } from '@orrery/base/contract'
import pino from 'pino'
import { bind, makeHttp, makeOrigins, makeSlowBodies } from './index.ts'

const { message, text, nothing } = fields

const routes = {
  write: mlflow({
    name: 'test.write',
    method: 'POST',
    path: 'write',
    needs: 'run.write',
    summary: '',
    takes: message({ run_id: text() }),
    gives: nothing,
  }),
  read: raw({
    name: 'test.read',
    method: 'GET',
    path: '/read',
    needs: 'run.read',
    summary: '',
    takes: nothing,
    gives: nothing,
  }),
}
const WRITE = '/api/2.0/mlflow/write'

/** A server whose verb waits for `pass` and then notes what it wrote. */
async function serve(t: TestContext, pass: () => Promise<unknown> = turn) {
  const written: string[] = []
  const logged: string[] = []
  const file = new PassThrough()
  const slowBodies = makeSlowBodies(Date.now)
  const bound = bind(routes, {
    write: async (_caller, { run_id }) => {
      await pass()
      written.push(run_id)
      return {}
    },
    read: () => ({ status: 200, body: file }),
  })
  const app = makeHttp(bound, {
    basePath: '',
    trustProxy: false,
    slowBodies,
    observe: () => {},
    log: pino({ level: 'warn' }, { write: (line: string) => logged.push(line) }),
    origins: makeOrigins({ allowedHosts: [], corsAllowedOrigins: [], boundHost: '127.0.0.1' }),
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
  const { port } = app.server.address() as { port: number }
  t.after(() => {
    slowBodies.stop()
    app.server.closeAllConnections()
    return app.close()
  })
  return { app, port, written, logged, file }
}

/** Connects and sends; resolves with both ends once the server has read all of it. */
async function send(app: { server: NodeJS.EventEmitter }, port: number, bytes: string) {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  const [peer] = (await once(app.server, 'connection')) as [Socket]
  socket.write(bytes)
  while (peer.bytesRead < bytes.length) await turn()
  return { socket, peer }
}

function post(id: string): string {
  const body = JSON.stringify({ run_id: id })
  const length = `Content-Length: ${body.length}`
  return `POST ${WRITE} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${length}\r\n\r\n${body}`
}

/** Writes again and again over one connection, until there is no answer. */
async function writeAgain(port: number, name: string, answered: Map<string, IncomingMessage>) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const headers = { 'content-type': 'application/json' }
  try {
    for (let i = 0; ; i++) {
      const id = `${name}.${i}`
      const call = request({ port, host: '127.0.0.1', path: WRITE, method: 'POST', agent, headers })
      call.end(JSON.stringify({ run_id: id }))
      const [answer] = (await once(call, 'response')) as [IncomingMessage]
      await textOf(answer)
      answered.set(id, answer)
    }
  } catch {
    // The server is gone.
  } finally {
    agent.destroy()
  }
}

const TIMEOUT = { timeout: 120_000 }

test('whatever was written before a stop under load was answered', TIMEOUT, async (t) => {
  const { app, port, written } = await serve(t)
  const answered = new Map<string, IncomingMessage>()
  const clients = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => writeAgain(port, name, answered))
  while (answered.size < 100) await turn()
  await app.close()
  await Promise.all(clients)
  assert.deepEqual(written.filter((id) => !answered.has(id)).sort(), [], 'written without an answer')
})

test('the last answer of each connection says that it is the last', TIMEOUT, async (t) => {
  const gate = Promise.withResolvers<void>()
  const { app, port, written } = await serve(t, () => gate.promise)
  const { socket, peer } = await send(app, port, post('1') + post('2') + post('3'))
  const closed = app.close()
  await turn()
  const before = peer.bytesRead
  socket.write(post('too late'))
  while (peer.bytesRead === before) await turn()
  gate.resolve()
  const answers = (await textOf(socket)).split(/(?=HTTP\/1\.1 )/)
  await closed
  assert.deepEqual(written, ['1', '2', '3'], 'nothing begins after the stop')
  assert.deepEqual(
    answers.map((answer) => /^connection: (\S+)/im.exec(answer)?.[1]),
    ['keep-alive', 'keep-alive', 'close'],
  )
})

test('a download under way comes to its end, and its connection with it', TIMEOUT, async (t) => {
  const { app, port, file } = await serve(t)
  const { socket } = await send(app, port, 'GET /read HTTP/1.1\r\nHost: localhost\r\n\r\n')
  file.write('first half, ')
  let answer = ''
  for await (const [chunk] of on(socket, 'data') as AsyncIterable<[Buffer]>) {
    answer += chunk
    if (answer.includes('first half')) break
  }
  const rest = textOf(socket)
  const closed = app.close()
  await turn()
  file.end('second half')
  assert.match(await rest, /second half\r\n0\r\n\r\n$/)
  await closed
})

test('connections without a request do not hold up the stop', TIMEOUT, async (t) => {
  const { app, port } = await serve(t)
  const sockets: Socket[] = []
  for (const bytes of ['', 'POST /x HTTP/1.1\r\nHost: local', post('answered')]) {
    sockets.push((await send(app, port, bytes)).socket)
  }
  await once(sockets[2]!, 'data')
  const ends = sockets.map((socket) => once(socket.resume(), 'close'))
  await app.close()
  await Promise.all(ends)
})

test('after thirty seconds the stop waits for nobody', TIMEOUT, async (t) => {
  const gate = Promise.withResolvers<void>()
  const { app, port, logged } = await serve(t, () => gate.promise)
  const { socket } = await send(app, port, post('stuck'))
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const closed = app.close()
  await turn()
  t.mock.timers.tick(29_999)
  await turn()
  assert.equal(socket.closed, false)
  t.mock.timers.tick(1)
  await once(socket.resume(), 'close')
  await closed
  assert.equal(logged.length, 1)
  assert.match(logged[0]!, /"connections":1,.*longer than 30 s/)
  gate.resolve()
})
