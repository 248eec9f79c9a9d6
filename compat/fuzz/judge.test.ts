import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { notYetRoutes, runRoutes } from '@orrery/base/contract'
import fc from 'fast-check'
import { judge, toCurl } from './judge.ts'
import type { WireRequest } from './request.ts'
import { Wire, type WireAnswer } from './wire.ts'

const request = (over: Partial<WireRequest> = {}): WireRequest => ({
  method: 'POST',
  target: '/api/2.0/mlflow/runs/create',
  headers: [['content-type', 'application/json']],
  body: Buffer.from('{"a":1}'),
  framing: 'length',
  declaration: runRoutes.createRun,
  ...over,
})

const answer = (status: number, body: string, over: Partial<WireAnswer> = {}): WireAnswer => ({
  status,
  headers: new Map([['content-type', 'application/json']]),
  body: Buffer.from(body),
  tookMs: 1,
  ...over,
})

const refusal = (message: string) => answer(400, JSON.stringify({ error_code: 'X', message }))
const judged = (it: WireAnswer, of = request()) => judge(of, it, 2_000, ['/srv/home'])

const wrong: { name: string; answer: WireAnswer; says: RegExp }[] = [
  { name: 'a 500', answer: answer(500, '{"error_code":"X","message":"m"}'), says: /answered 500/ },
  { name: 'a 501 of a route that is there', answer: answer(501, '{}'), says: /answered 501/ },
  { name: 'a slow answer', answer: answer(200, '{}', { tookMs: 2_001 }), says: /took 2001 ms/ },
  { name: 'half a JSON', answer: answer(200, '{"a":'), says: /not JSON/ },
  { name: 'a refusal without a code', answer: answer(400, '{"message":"m"}'), says: /without error_code/ },
  {
    name: 'a refusal as a page',
    answer: answer(404, '<h1>', { headers: new Map() }),
    says: /without error_code/,
  },
  { name: 'a stack', answer: refusal('oh\n    at run (/x/y.ts:3:4)'), says: /shows/ },
  { name: 'SQL', answer: refusal('near "x": syntax error'), says: /shows/ },
  {
    name: 'a bug of ours',
    answer: refusal("Cannot read properties of undefined (reading 'a')"),
    says: /shows/,
  },
  { name: 'the home', answer: refusal('no such file: /srv/home/orrery.db'), says: /shows '\/srv\/home'/ },
]
for (const { name, answer: it, says } of wrong) {
  test(`found: ${name}`, () => assert.match(judged(it) ?? 'nothing found', says))
}

test('right: a 501 of a route that comes later, a clear refusal, and the echo of what was sent', () => {
  const { declaration } = notYetRoutes[0]!
  const later = answer(501, '{"error_code":"X","message":"not yet"}')
  assert.equal(judged(later, request({ declaration })), undefined)
  assert.equal(judged(refusal("run_id is '../x'")), undefined)
  const echoed = request({ body: Buffer.from('SELECT a FROM b') })
  assert.equal(judged(refusal('not a filter: SELECT a FROM b'), echoed), undefined)
})

test('a server that fails at one value is found, and the request shrinks to that value', async () => {
  const server = createServer((incoming, response) => {
    let body = ''
    incoming.on('data', (chunk) => {
      body += chunk
    })
    incoming.on('end', () => {
      response.writeHead(body.includes('7') ? 500 : 200, { 'content-type': 'application/json' })
      response.end('{"error_code":"X","message":"m"}')
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const wire = new Wire(url, 5_000)
  const numbers = fc
    .array(fc.nat({ max: 9 }))
    .map((list) => request({ body: Buffer.from(JSON.stringify(list)) }))
  const property = fc.asyncProperty(numbers, async (it) => {
    const told = await wire.send(it)
    assert.equal(judge(it, told, 2_000, []), undefined)
  })
  const { counterexample } = await fc.check(property, { seed: 1, numRuns: 200 })
  wire.close()
  server.close()
  const line = toCurl(url, counterexample![0])
  assert.equal(
    line,
    `curl -i --path-as-is -X POST -H 'content-type: application/json' --data-binary '[7]' '${url}/api/2.0/mlflow/runs/create'`,
  )
})
