import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { fields, raw } from '@orrery/base/contract'
import pino from 'pino'
import { bind, makeHttp, makeOrigins, makeSlowBodies } from './index.ts'

const { nothing } = fields
const slowBodies = makeSlowBodies(() => 0)
after(() => slowBodies.stop())

const health = raw({
  name: 'test.health',
  method: 'GET',
  path: '/health',
  needs: 'public',
  summary: '',
  takes: nothing,
  gives: nothing,
})

test('behind a trusted proxy the forwarded host counts, from anyone else it does not', async () => {
  const options = (trustProxy: string[]) => ({
    basePath: '',
    trustProxy,
    slowBodies,
    observe: () => {},
    log: pino({ level: 'silent' }),
    origins: makeOrigins({
      allowedHosts: ['ml.example.org'],
      corsAllowedOrigins: [],
      boundHost: '127.0.0.1',
    }),
    findCaller: () => assert.fail('not asked'),
  })
  const bound = bind(
    { docs: { ...health, path: '/docs' } },
    { docs: (_, { origin }) => ({ status: 200, body: origin }) },
  )
  const forwarded = { 'x-forwarded-host': 'ml.example.org', 'x-forwarded-proto': 'https' }
  for (const [trusted, host, status, origin] of [
    ['127.0.0.1', 'backend:5000', 200, 'https://ml.example.org'],
    ['10.9.9.9', 'backend:5000', 403, undefined],
    ['10.9.9.9', 'localhost:5000', 200, 'http://localhost:5000'],
  ] as const) {
    const proxied = makeHttp(bound, options([trusted]))
    const answer = await proxied.inject({ url: '/docs', headers: { ...forwarded, host } })
    assert.equal(answer.statusCode, status)
    if (origin !== undefined) assert.equal(answer.body, origin)
    await proxied.close()
  }
})
