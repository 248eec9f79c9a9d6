import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AnyDeclaration, type Method, notYetRoutes } from '@orrery/base/contract'
import type { Caller } from '@orrery/base/kernel'
import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { makeHttp, makeOrigins, makeSlowBodies } from './http/kit/index.ts'
import { makeServerMetrics } from './http/system/server-metrics.ts'
import { allRoutes, type RouteMeans } from './routes.ts'

/** Routes that anyone may call. Whoever adds one here says in the review why nothing is lost by it. */
const PUBLIC = [
  'artifacts.download-signed',
  'artifacts.upload-signed',
  'artifacts.upload-signed-part',
  // Pages of whoever is not signed in yet; each looks for itself.
  'signIn.beginSignOn',
  'signIn.finishSignOn',
  'signIn.page',
  'signIn.reset',
  'signIn.resetPage',
  'signIn.setup',
  'signIn.setupPage',
  'signIn.signOut',
  'signIn.submit',
  'system.apiDocs',
  'system.health',
  'system.openapi',
  'system.ready',
  'system.serverInfo',
  'system.version',
]

/**
 * Routes for whoever has an account, whatever their role: the workspace that decides is not the one of the request, or
 * they are about oneself. The verb decides. Whoever adds one here shows in `matrix.test.ts` that it does.
 */
const SIGNED_IN = [
  'access.explain',
  'mlflowWorkspaces.create',
  'mlflowWorkspaces.delete',
  'mlflowWorkspaces.get',
  'mlflowWorkspaces.list',
  'mlflowWorkspaces.update',
  'principals.delete',
  'principals.get',
  'principals.update',
  'roles.addPermission',
  'roles.assign',
  'roles.create',
  'roles.delete',
  'roles.get',
  'roles.list',
  'roles.listPermissions',
  'roles.listUsers',
  'roles.removePermission',
  'roles.unassign',
  'roles.update',
  'roles.updatePermission',
  'sessions.end',
  'sessions.endAll',
  'sessions.list',
  'status.show',
  'tokens.create',
  'tokens.createTracking',
  'tokens.list',
  'tokens.renew',
  'tokens.revoke',
  'users.create',
  'users.current',
  'users.currentPermissions',
  'users.delete',
  'users.get',
  'users.listRoles',
  'users.permissions',
  'users.updateAdmin',
  'users.updatePassword',
  'workspaces.config',
  'workspaces.create',
  'workspaces.delete',
  'workspaces.get',
  'workspaces.list',
  'workspaces.losses',
  'workspaces.setArchived',
  'workspaces.update',
]

/** Stands in for every verb and fails when one is called: a refused request must never come so far. */
// biome-ignore lint/suspicious/noExplicitAny: it is everything at once
const untouchable: any = new Proxy(() => assert.fail('a verb ran for a caller without permissions'), {
  get: (_, name) => (name === 'then' ? undefined : untouchable),
})

const means: RouteMeans = new Proxy({} as RouteMeans, {
  get: (_, name) =>
    name === 'system'
      ? { ping: async () => {}, metrics: makeServerMetrics(() => 0), basePath: '' }
      : untouchable,
})

const stranger: Omit<Caller, 'requestId'> = {
  workspace: { key: 1, name: 'default' },
  principal: { kind: 'user', name: 'stranger' },
  address: '',
  may: () => false,
  readable: () => ({ kind: 'only', keys: [] }),
}

const routes = allRoutes(means)
const declarations = routes.map((route) => route.declaration)
const slowBodies = makeSlowBodies(Date.now)
let may = (_permission: string) => false
let app: FastifyInstance
before(() => {
  app = makeHttp(routes, {
    basePath: '',
    trustProxy: false,
    log: pino({ level: 'silent' }),
    slowBodies,
    observe: () => {},
    origins: makeOrigins({ allowedHosts: [], corsAllowedOrigins: [], boundHost: '127.0.0.1' }),
    findCaller: (asking) => ({ ...stranger, requestId: asking.requestId, may }),
  })
})
after(async () => {
  slowBodies.stop()
  await app.close()
})

async function ask(method: Method, path: string, body = '{}') {
  const answer = await app.inject({
    method,
    url: path.replace(/\{\w+\*?\}/g, 'a'),
    headers: { host: 'localhost', 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { payload: body }),
  })
  return { status: answer.statusCode, headers: answer.headers, text: answer.body }
}

const places = ({ method, path, twins }: AnyDeclaration) => [{ method, path }, ...twins]

test('the public routes are those of the frozen list', () => {
  const open = declarations.filter(({ needs }) => needs === 'public').map(({ name }) => name)
  assert.deepEqual(
    open.filter((name) => !PUBLIC.includes(name)),
    [],
  )
})

test('the routes for whoever has an account are those of the frozen list', () => {
  const signedIn = declarations.filter(({ needs }) => needs === 'signed-in').map(({ name }) => name)
  assert.deepEqual(signedIn.sort(), SIGNED_IN)
})

test('every other route, at every address, refuses a caller without permissions', async () => {
  let walked = 0
  for (const declaration of declarations) {
    if (declaration.needs === 'public' || declaration.needs === 'signed-in') continue
    for (const { method, path } of places(declaration)) {
      const { status, text } = await ask(method, path)
      assert.equal(status, 403, `${method} ${path}: ${text}`)
      assert.equal(JSON.parse(text).error_code, 'PERMISSION_DENIED')
      walked++
    }
  }
  assert.ok(walked > 350, `walked only ${walked} addresses`)
})

test('names of routes are unique, and no address has two', () => {
  const names = declarations.map(({ name }) => name)
  assert.deepEqual(names, [...new Set(names)])
  const addresses = declarations.flatMap(places).map(({ method, path }) => `${method} ${path}`)
  assert.deepEqual(addresses, [...new Set(addresses)])
})

test('a route of MLflow that is not served yet says so and names what is missing', async () => {
  may = () => true
  for (const { capability, declaration } of notYetRoutes) {
    for (const { method, path } of places(declaration)) {
      const { status, text } = await ask(method, path)
      const { error_code, message } = JSON.parse(text)
      assert.deepEqual([status, error_code], [501, 'NOT_IMPLEMENTED'], `${method} ${path}`)
      assert.ok(message.includes(capability), message)
    }
  }
  may = () => false
})

test('the OpenAPI document names every served route once, with what it takes', async () => {
  const { status, text } = await ask('GET', '/openapi.json')
  assert.equal(status, 200)
  const { openapi, paths } = JSON.parse(text)
  assert.equal(openapi, '3.1.0')
  const operations = Object.values<Record<string, { operationId: string }>>(paths).flatMap(Object.values)
  const served = declarations.filter(({ name }) => !name.startsWith('notYet.'))
  assert.deepEqual(
    operations.map(({ operationId }) => operationId).sort(),
    served.map(({ name }) => name).sort(),
  )
  const { schema } = paths['/api/2.0/mlflow/runs/log-batch'].post.requestBody.content['application/json']
  assert.deepEqual(Object.keys(schema.properties), ['run_id', 'run_uuid', 'metrics', 'params', 'tags'])
})

test('the API page needs nothing from elsewhere and runs no script', async () => {
  const { text, headers } = await ask('GET', '/api-docs')
  assert.match(text, /runs\/log-batch/)
  assert.doesNotMatch(text, /<script|src=|https?:\/\/(?!127)/)
  assert.match(String(headers['content-security-policy']), /default-src 'none'/)
})

test('health, version and readiness are plain text', async () => {
  assert.equal((await ask('GET', '/health')).text, 'OK')
  assert.equal((await ask('GET', '/ready')).text, 'OK')
  assert.match((await ask('GET', '/version')).text, /^3\.\d+\.\d+$/)
})
