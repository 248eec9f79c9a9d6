import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fields, mlflow } from '@orrery/base/contract'
import { type Caller, type Permission, Problem, SOMEWHERE } from '@orrery/base/kernel'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { bind, makeHttp, makeOrigins, makeSlowBodies } from './index.ts'

const { message, text, nothing } = fields
const told = { method: 'POST', takes: nothing, gives: nothing, summary: 'Of the test.' } as const

const routes = {
  ofRun: mlflow({ ...told, name: 'test.ofRun', path: 'of-run', needs: 'run.write', ofRun: true }),
  ofNoRun: mlflow({ ...told, name: 'test.ofNoRun', path: 'of-no-run', needs: 'run.write' }),
  own: mlflow({ ...told, name: 'test.own', path: 'own', needs: 'signed-in' }),
  made: mlflow({
    ...told,
    name: 'test.made',
    path: 'made',
    needs: 'run.write',
    gives: message({ id: text() }),
    answers: 201,
  }),
  gone: mlflow({ ...told, name: 'test.gone', path: 'gone', needs: 'run.write', answers: 204 }),
}

/** What the next request is found to come from. */
let next: Partial<Caller> = {}
let isMember = true

let app: FastifyInstance
const slowBodies = makeSlowBodies(Date.now)
before(() => {
  const bound = bind(routes, {
    ofRun: () => ({}),
    ofNoRun: () => ({}),
    own: () => ({}),
    made: () => ({ id: '7' }),
    gone: () => ({}),
  })
  app = makeHttp(bound, {
    basePath: '',
    trustProxy: false,
    log: pino({ level: 'silent' }),
    slowBodies,
    origins: makeOrigins({ allowedHosts: [], corsAllowedOrigins: [], boundHost: '127.0.0.1' }),
    observe: () => {},
    findCaller: ({ requestId }, welcome) => {
      if (welcome === 'members' && !isMember)
        throw new Problem('RESOURCE_DOES_NOT_EXIST', 'no such workspace')
      return {
        workspace: { key: 1, name: 'default' },
        principal: { kind: 'user', name: 'x', key: 3 },
        requestId,
        address: '',
        may: () => true,
        readable: () => ({ kind: 'all' }),
        ...next,
      }
    },
  })
})
after(async () => {
  slowBodies.stop()
  await app.close()
})

async function ask(path: string, caller: Partial<Caller> = {}, member = true) {
  next = caller
  isMember = member
  const answer = await app.inject({
    method: 'POST',
    url: `/api/2.0/mlflow/${path}`,
    headers: { host: 'localhost', 'content-type': 'application/json' },
    payload: '{}',
  })
  return { status: answer.statusCode, text: answer.body, headers: answer.headers }
}

test('a route lets pass whoever may do it to some thing: its verb knows to which', async () => {
  const asked: unknown[] = []
  const may = (permission: Permission, on?: unknown) => {
    asked.push([permission, on])
    return on === SOMEWHERE
  }
  assert.equal((await ask('of-no-run', { may })).status, 200)
  assert.deepEqual(asked, [['run.write', SOMEWHERE]])
  assert.equal((await ask('of-no-run', { may: () => false })).status, 403)
})

test('a confined credential reaches what concerns runs and nothing else', async () => {
  const confinement = { runs: new Set([1]), refusal: 'The hour is over: fetch a new one.' }
  assert.equal((await ask('of-run', { confinement })).status, 200)
  for (const path of ['of-no-run', 'own', 'made', 'gone']) {
    const { status, text } = await ask(path, { confinement })
    assert.deepEqual(
      [status, JSON.parse(text)],
      [401, { error_code: 'UNAUTHENTICATED', message: 'The hour is over: fetch a new one.' }],
    )
  }
})

test('what everyone with an account may do asks neither for a permission nor for a role in the workspace', async () => {
  assert.equal((await ask('own', { may: () => false }, false)).status, 200)
  assert.equal((await ask('of-run', {}, false)).status, 404)
})

test('success has the status that is declared, and 204 has no body', async () => {
  const made = await ask('made')
  assert.deepEqual([made.status, JSON.parse(made.text)], [201, { id: '7' }])
  const gone = await ask('gone')
  assert.deepEqual([gone.status, gone.text, gone.headers['content-type']], [204, '', undefined])
  assert.equal(gone.headers['x-content-type-options'], 'nosniff')
})
