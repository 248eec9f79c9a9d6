import assert from 'node:assert/strict'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import type { EgressError, EgressRequest } from '../egress.ts'
import { LIMITS } from '../limits.ts'
import { testCertificate } from '../testing/certificate.ts'
import { openReceiver } from '../testing/receiver.ts'
import { type EgressMeans, openEgress } from './index.ts'

const LOOPBACK = ['127.0.0.0/8', '[::1]', 'inner.example']

const post = (url: string, more: Partial<EgressRequest> = {}): EgressRequest => ({
  url: new URL(url),
  method: 'POST',
  headers: { 'content-type': 'text/plain' },
  body: Buffer.from('hello'),
  ...more,
})

function egressFor(allow: readonly string[], means: EgressMeans = {}) {
  const egress = openEgress({ allow }, means)
  return Object.assign(egress, { [Symbol.asyncDispose]: () => egress.close() })
}

const names = (all: Readonly<Record<string, readonly string[]>>) => {
  const asked: string[] = []
  const resolve = async (name: string) => {
    asked.push(name)
    return all[name] ?? []
  }
  return { asked, resolve: { strange: resolve, allowed: resolve } }
}

const failure = (kind: string) => (error: unknown) => {
  assert.equal((error as EgressError).failure, kind)
  return true
}

/** A server that speaks as it likes. */
async function openTcp(speak: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    speak(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    sockets,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('a call brings the answer, with its headers in lower case', async () => {
  await using receiver = await openReceiver((_, response) => {
    response.writeHead(202, { 'X-Thing': ['a', 'b'] }).end('taken')
  })
  await using egress = egressFor(LOOPBACK)
  const answer = await egress.send(post(`${receiver.url}/in?x=1`))
  assert.equal(answer.status, 202)
  assert.equal(answer.headers['x-thing'], 'a, b')
  assert.equal(Buffer.from(answer.body).toString(), 'taken')
  assert.equal(answer.isCut, false)
  const { method, path, headers, body } = receiver.received[0]!
  assert.deepEqual([method, path, body], ['POST', '/in?x=1', 'hello'])
  assert.equal(headers.host, `127.0.0.1:${receiver.port}`)
  assert.equal(headers['accept-encoding'], undefined)
})

describe('where calls do not go', () => {
  test('nowhere private, unless it is allowed', async () => {
    await using receiver = await openReceiver()
    await using egress = egressFor([])
    await assert.rejects(egress.send(post(`https://127.0.0.1:${receiver.port}/`)), failure('refused-address'))
    assert.equal(receiver.received.length, 0)
  })

  for (const address of ['169.254.169.254', '10.0.0.1', '::1', '::ffff:127.0.0.1', '64:ff9b::a9fe:a9fe']) {
    test(`not to a name that leads to ${address}`, async () => {
      const { resolve } = names({ '169.254.169.254.nip.example': [address] })
      await using egress = egressFor([], { resolve })
      await assert.rejects(
        egress.send(post('https://169.254.169.254.nip.example/')),
        failure('refused-address'),
      )
    })
  }

  test('not to a name with one inner address among outer ones', async () => {
    const { resolve } = names({ 'two.example': ['8.8.8.8', '192.168.0.1'] })
    await using egress = egressFor([], { resolve })
    await assert.rejects(egress.send(post('https://two.example/')), failure('refused-address'))
  })

  test('a name is looked up once for a connection: what DNS says a moment later changes nothing', async () => {
    await using receiver = await openReceiver()
    const answers = [['127.0.0.1'], ['169.254.169.254']]
    let asked = 0
    const resolve = async () => answers[asked++]!
    // Allowed by network, not by name: each address is checked.
    await using egress = egressFor(['127.0.0.0/8', `rebind.example:${receiver.port}`], {
      resolve: { strange: resolve, allowed: resolve },
    })
    await egress.send(post(`http://rebind.example:${receiver.port}/`))
    assert.equal(asked, 1)
    assert.equal(receiver.received[0]!.headers.host, `rebind.example:${receiver.port}`)
  })

  test('a name that is checked anew for a new connection is refused when it has turned inwards', async () => {
    let asked = 0
    const resolve = async () => (asked++ === 0 ? [] : ['127.0.0.1'])
    await using egress = egressFor([], { resolve: { strange: resolve, allowed: resolve } })
    await assert.rejects(egress.send(post('https://rebind.example/')), failure('unresolved'))
    await assert.rejects(egress.send(post('https://rebind.example/')), failure('refused-address'))
  })

  for (const status of [301, 302, 303, 307, 308]) {
    test(`a redirect (${status}) is an answer`, async () => {
      await using other = await openReceiver()
      await using receiver = await openReceiver((_, response) => {
        response.writeHead(status, { location: other.url }).end()
      })
      await using egress = egressFor(LOOPBACK)
      const answer = await egress.send(post(receiver.url))
      assert.equal(answer.status, status)
      assert.equal(other.received.length, 0)
    })
  }
})

describe('receivers that misbehave', () => {
  const rows: [what: string, speak: (socket: Socket) => void, kind: string][] = [
    ['never answers', () => {}, 'timeout'],
    ['closes at once', (socket) => socket.destroy(), 'broken'],
    ['resets', (socket) => socket.once('data', () => socket.resetAndDestroy()), 'broken'],
    ['speaks no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9\r\n'), 'broken'],
    [
      'stops in the middle of its headers',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nX: ')),
      'broken',
    ],
    [
      'stops in the middle of its body',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')),
      'broken',
    ],
    [
      'sends long headers',
      (socket) =>
        socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`)),
      'broken',
    ],
    [
      'sends a byte now and then',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nX: ')
        const timer = setInterval(() => socket.write('x'), 20)
        socket.on('close', () => clearInterval(timer))
      },
      'timeout',
    ],
    [
      'never ends its body',
      (socket) => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')),
      'timeout',
    ],
  ]
  for (const [what, speak, kind] of rows) {
    test(`${what}: ${kind}`, async () => {
      await using server = await openTcp(speak)
      await using egress = egressFor(LOOPBACK)
      const began = performance.now()
      await assert.rejects(egress.send(post(server.url, { totalMs: 300 })), failure(kind))
      assert.ok(performance.now() - began < 8_000)
    })
  }

  test('of an endless body so much is read, and the socket closed', async () => {
    let sent = 0
    const closed = Promise.withResolvers<void>()
    await using receiver = await openReceiver((_, response) => {
      const chunk = Buffer.alloc(16_384)
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length
        sent += chunk.length
      }
      response.on('drain', more).on('close', closed.resolve).writeHead(200)
      more()
    })
    await using egress = egressFor(LOOPBACK)
    const answer = await egress.send(post(receiver.url))
    assert.equal(answer.isCut, true)
    assert.equal(answer.body.length, LIMITS.answerBytes)
    await closed.promise
    assert.ok(sent < 50 * 2 ** 20)
  })

  test('what is packed stays packed', async () => {
    await using receiver = await openReceiver((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('bomb')
    })
    await using egress = egressFor(LOOPBACK)
    assert.equal(Buffer.from((await egress.send(post(receiver.url))).body).toString(), 'bomb')
  })

  test('nobody there is a failure that names the host and not the path', async () => {
    await using egress = egressFor(LOOPBACK)
    const server = await openTcp(() => {})
    await server[Symbol.asyncDispose]()
    await assert.rejects(egress.send(post(`${server.url}services/verysecret`)), (error: EgressError) => {
      assert.equal(error.failure, 'unreachable')
      assert.match(error.message, /127\.0\.0\.1 could not be reached \(ECONNREFUSED\)/)
      return !error.message.includes('verysecret')
    })
  })

  test('one that hangs costs another nothing', async () => {
    await using hanging = await openTcp(() => {})
    await using receiver = await openReceiver()
    await using egress = egressFor(LOOPBACK)
    const ends = new AbortController()
    const hung = Array.from({ length: 60 }, () =>
      egress.send(post(hanging.url, { signal: ends.signal })).catch((error: EgressError) => error.failure),
    )
    let over = 0
    for (const one of hung) void one.then(() => over++)
    await egress.send(post(receiver.url, { totalMs: 60_000 }))
    assert.equal(over, 0)
    ends.abort()
    assert.deepEqual(new Set(await Promise.all(hung)), new Set(['aborted']))
  })
})

test('nor does it at the same host: many subscriptions share one', async () => {
  await using receiver = await openReceiver(({ path }, response) => {
    if (path === '/quick') response.end('ok')
  })
  await using egress = egressFor(LOOPBACK)
  const ends = new AbortController()
  const hung = Array.from({ length: 100 }, () =>
    egress.send(post(`${receiver.url}/hangs`, { signal: ends.signal })).catch((error: EgressError) => error),
  )
  await egress.send(post(`${receiver.url}/quick`, { totalMs: 60_000 }))
  ends.abort()
  await Promise.all(hung)
})

test('closing ends what is under way', async () => {
  await using hanging = await openTcp(() => {})
  const egress = openEgress({ allow: LOOPBACK })
  const call = assert.rejects(egress.send(post(hanging.url)), failure('aborted'))
  await egress.close()
  await call
  await assert.rejects(egress.send(post(hanging.url)), failure('aborted'))
})

test('what is too large is not sent', async () => {
  await using receiver = await openReceiver()
  await using egress = egressFor(LOOPBACK)
  const body = Buffer.alloc(LIMITS.requestBytes + 1)
  await assert.rejects(egress.send(post(receiver.url, { body })), /at most 4194304 are sent/)
  assert.equal(receiver.received.length, 0)
})

describe('fetch', () => {
  test('asks under the same rules', async () => {
    await using receiver = await openReceiver((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":1}')
    })
    await using egress = egressFor(LOOPBACK)
    const answer = await egress.fetch(receiver.url, {
      method: 'POST',
      body: new URLSearchParams({ code: 'x' }),
      headers: { authorization: 'Basic eA==' },
      redirect: 'manual',
    })
    assert.deepEqual(await answer.json(), { a: 1 })
    const { body, headers } = receiver.received[0]!
    assert.equal(body, 'code=x')
    assert.match(headers['content-type']!, /x-www-form-urlencoded/)
    assert.equal(headers.authorization, 'Basic eA==')
  })

  test('fails as fetch does', async () => {
    await using egress = egressFor([])
    await assert.rejects(egress.fetch('http://127.0.0.1:9/'), (error: Error) => {
      return error instanceof TypeError && error.message === 'fetch failed'
    })
  })
})

describe('TLS', () => {
  const { key, cert } = testCertificate()

  async function openTls() {
    const seen: (string | false | undefined)[] = []
    const server = createTlsServer({ key, cert }, (request, response) => {
      seen.push((request.socket as unknown as { servername?: string | false }).servername)
      response.end('ok')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
      seen,
      port: (server.address() as AddressInfo).port,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  }

  test('the name is the one that was given, whatever address it had', async () => {
    await using server = await openTls()
    const { resolve } = names({ 'inner.example': ['127.0.0.1'] })
    await using egress = egressFor(LOOPBACK, { resolve, ca: cert })
    const answer = await egress.send(post(`https://inner.example:${server.port}/`))
    assert.equal(answer.status, 200)
    assert.deepEqual(server.seen, ['inner.example'])
  })

  test('an address is compared with the certificate too', async () => {
    await using server = await openTls()
    await using egress = egressFor(LOOPBACK, { ca: cert })
    assert.equal((await egress.send(post(`https://127.0.0.1:${server.port}/`))).status, 200)
    await assert.rejects(egress.send(post(`https://127.0.0.2:${server.port}/`)), /could not be reached|TLS/)
  })

  test('a certificate of nobody, or for another name, is refused', async () => {
    await using server = await openTls()
    const { resolve } = names({ 'inner.example': ['127.0.0.1'], 'other.example': ['127.0.0.1'] })
    const allow = [...LOOPBACK, 'other.example']
    await using strict = egressFor(allow, { resolve })
    await assert.rejects(strict.send(post(`https://inner.example:${server.port}/`)), failure('tls'))
    await using known = egressFor(allow, { resolve, ca: cert })
    await assert.rejects(known.send(post(`https://other.example:${server.port}/`)), failure('tls'))
    assert.deepEqual(server.seen, [])
  })

  test('one that closes during TLS fails at once', async () => {
    await using server = await openTcp((socket) => socket.once('data', () => socket.destroy()))
    await using egress = egressFor(LOOPBACK)
    await assert.rejects(egress.send(post(server.url.replace('http:', 'https:'))), failure('tls'))
  })
})
