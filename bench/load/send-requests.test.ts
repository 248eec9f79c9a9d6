import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { COUNTER } from './plan.ts'
import { sendRequests } from './send-requests.ts'

async function listening(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const stop = () => new Promise((resolve) => server.close(resolve))
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void (await stop()) }
}

const get = { method: 'GET', path: '/' }

test('a server that stops is charged for every request of that time, though few connections waited', async () => {
  let answered = 0
  await using server = await listening((_, response) => {
    answered += 1
    if (answered === 10) setTimeout(() => response.end('late'), 300)
    else response.end('ok')
  })
  const load = { kind: 'requests', url: server.url, connections: 1, seconds: 0.6, requests: [get] } as const
  const { requests, latency } = await sendRequests({ ...load, ratePerSecond: 100 })
  assert.equal(requests, 60)
  assert.ok(latency.p95 > 100, `p95 ${latency.p95}: only the one request that waited was charged`)
})

test('an answer other than 200 ends the load with its words', async () => {
  await using server = await listening((_, response) => response.writeHead(429).end('too many wait'))
  const load = { kind: 'requests', url: server.url, connections: 2, seconds: 5, requests: [get] } as const
  await assert.rejects(sendRequests(load), /429:[\s\S]*too many wait/)
})

test('answers in chunks and answers with a length are both read to their end', async () => {
  let calls = 0
  await using server = await listening((_, response) => {
    calls += 1
    if (calls % 2 === 0) response.setHeader('content-length', 100_000)
    response.write('x'.repeat(50_000))
    response.end('y'.repeat(50_000))
  })
  const load = { kind: 'requests', url: server.url, connections: 1, seconds: 0.1, requests: [get] } as const
  const { requests } = await sendRequests(load)
  assert.equal(requests, calls)
})

test('the counter of a request grows with each sending', async () => {
  const bodies: string[] = []
  await using server = await listening(async (request, response) => {
    bodies.push((await request.setEncoding('utf8').toArray()).join(''))
    response.end()
  })
  const body = `{"step":1${COUNTER}00,"timestamp":17000${COUNTER}00}`
  const requests = [{ method: 'POST', path: '/', body }]
  await sendRequests({ kind: 'requests', url: server.url, connections: 1, seconds: 0.05, requests })
  assert.deepEqual(JSON.parse(bodies[0]!), { step: 110000000, timestamp: 1700010000000 })
  assert.equal(new Set(bodies).size, bodies.length)
})

test('a connection that the server closes between two requests is opened anew', async () => {
  const ports = new Set<number | undefined>()
  let calls = 0
  await using server = await listening((request, response) => {
    ports.add(request.socket.remotePort)
    calls += 1
    if (calls % 3 === 0) response.setHeader('connection', 'close')
    // Without a word in the answer, a moment after it.
    else if (calls % 3 === 1) {
      const silent = calls
      response.on('finish', () => setTimeout(() => calls === silent && request.socket.end(), 5))
    }
    response.end('ok')
  })
  const load = { kind: 'requests', url: server.url, connections: 1, seconds: 1.2, requests: [get] } as const
  const { requests } = await sendRequests({ ...load, ratePerSecond: 10 })
  assert.equal(requests, 12)
  assert.equal(ports.size, 8)
})
