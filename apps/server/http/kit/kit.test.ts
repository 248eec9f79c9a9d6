import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fields, mlflow } from '@orrery/base/contract'
import { Problem } from '@orrery/base/kernel'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { bind, makeHttp, makeOrigins, makeSlowBodies } from './index.ts'

const { message, text, maybe, int64, double, list } = fields

const routes = {
  echo: mlflow({
    name: 'test.echo',
    method: 'POST',
    path: 'echo',
    needs: 'run.write',
    summary: 'Echoes.',
    bodyLimitBytes: 1000,
    takes: message({
      run_id: text(),
      step: maybe(int64()),
      value: maybe(double()),
      tags: maybe(list(text())),
    }),
    gives: message({ run_id: text(), step: maybe(int64()), value: maybe(double()), workspace: text() }),
  }),
}

let app: FastifyInstance
let base: string
before(async () => {
  const bound = bind(routes, {
    echo: (caller, input) => ({ ...input, workspace: caller.workspace.name }),
  })
  app = makeHttp(bound, {
    basePath: '',
    trustProxy: false,
    log: pino({ level: 'silent' }),
    slowBodies: makeSlowBodies(Date.now),
    origins: makeOrigins({ allowedHosts: [], corsAllowedOrigins: [], boundHost: '127.0.0.1' }),
    observe: () => {},
    findCaller: (asking) => {
      if (asking.workspace === 'nope') throw new Problem('RESOURCE_DOES_NOT_EXIST', 'no')
      return {
        workspace: { key: 1, name: asking.workspace ?? 'default' },
        principal: { kind: 'user', name: 'x' },
        requestId: asking.requestId,
        address: '',
        may: () => true,
        readable: () => ({ kind: 'all' }),
      }
    },
  })
  base = await app.listen({ port: 0, host: '127.0.0.1' })
})
after(() => app.close())

const ECHO = '/api/2.0/mlflow/echo'
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(base + path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })

test('a call is decoded, bound and encoded', async () => {
  const answer = await post(ECHO, '{"run_uuid":"a","step":"12","value":"NaN","zzz":1}')
  assert.equal(answer.status, 200)
  assert.equal(await answer.text(), '{"run_id":"a","step":12,"value":"NaN","workspace":"default"}')
})

const refusals = [
  { name: 'no such route', path: '/nope', body: '', status: 404, code: 'ENDPOINT_NOT_FOUND' },
  { name: 'a missing field', path: ECHO, body: '{}', status: 400, code: 'INVALID_PARAMETER_VALUE' },
  { name: 'no JSON', path: ECHO, body: '{', status: 400, code: 'BAD_REQUEST' },
  {
    name: 'a body over the limit',
    path: ECHO,
    body: `{"run_id":"${'x'.repeat(1000)}"}`,
    status: 413,
    code: 'REQUEST_TOO_LARGE',
  },
  {
    name: 'an unknown workspace',
    path: `/workspaces/nope${ECHO}`,
    body: '{}',
    status: 404,
    code: 'RESOURCE_DOES_NOT_EXIST',
  },
]
for (const { name, path, body, status, code } of refusals) {
  test(`refused: ${name}`, async () => {
    const answer = await post(path, body)
    const { error_code } = (await answer.json()) as { error_code: string }
    assert.deepEqual([answer.status, error_code], [status, code])
  })
}

test('a workspace is addressed by path or header, not by two names', async () => {
  const { workspace } = (await (await post(`/workspaces/a${ECHO}`, '{"run_id":"r"}')).json()) as {
    workspace: string
  }
  assert.equal(workspace, 'a')
  const both = await post(`/workspaces/a${ECHO}`, '{"run_id":"r"}', { 'x-mlflow-workspace': 'b' })
  assert.equal(both.status, 400)
})

test('a wrong method is 405 and says which is right', async () => {
  const answer = await fetch(base + ECHO)
  assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'POST'])
})

const strays = [
  {
    name: 'beside the base path',
    path: '/api/2.0/mlflow/echo?x=1',
    says: 'No such route: GET /api/2.0/mlflow/echo. This server is below /ml. The routes are listed at /ml/api-docs.',
  },
  {
    name: 'below the base path',
    path: '/ml/nope',
    says: 'No such route: GET /ml/nope. The routes are listed at /ml/api-docs.',
  },
  {
    name: 'in a workspace',
    path: '/ml/workspaces/a/nope',
    says: 'No such route: GET /ml/workspaces/a/nope. The routes are listed at /ml/api-docs.',
  },
  {
    name: 'in a workspace whose name is not UTF-8',
    path: '/ml/workspaces/%ff/nope',
    says: 'No such route: GET /ml/workspaces/%ff/nope. The routes are listed at /ml/api-docs.',
  },
]
for (const { name, path, says } of strays) {
  test(`an address ${name} that is no route is named as it was asked`, async () => {
    const below = makeHttp([], {
      basePath: '/ml',
      trustProxy: false,
      log: pino({ level: 'silent' }),
      slowBodies: makeSlowBodies(Date.now),
      origins: makeOrigins({ allowedHosts: [], corsAllowedOrigins: [], boundHost: '127.0.0.1' }),
      observe: () => {},
      findCaller: () => assert.fail('not asked'),
    })
    const answer = await below.inject({ url: path, headers: { host: 'localhost' } })
    assert.deepEqual(answer.json(), { error_code: 'ENDPOINT_NOT_FOUND', message: says })
    await below.close()
  })
}
