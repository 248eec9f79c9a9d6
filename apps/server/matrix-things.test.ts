import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnyDeclaration } from '@orrery/base/contract'
import { PERMISSIONS, type Permission } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { type AccountServer, basic, type Headers, serveAccounts } from './http/testing/serve-accounts.ts'
import { MIGRATIONS } from './migrations.ts'
import { allRoutes, type RouteMeans } from './routes.ts'

/*
 * What verbs decide on the single thing: the gate of a route only asks whether there is any thing to which something can
 * be done. So whoever may everything with one experiment and one model calls every route about others: those that they
 * can read, those that they cannot, those of another workspace, and those that never were.
 */

// biome-ignore lint/suspicious/noExplicitAny: only the declarations are looked at
const nothing: any = new Proxy(() => undefined, { get: () => nothing })
const declarations = allRoutes(nothing as RouteMeans)
  .map(({ declaration }) => declaration)
  .filter(({ name, needs }) => !name.startsWith('notYet.') && isOnThings(needs))
  .toSorted((a, b) => takesAway(a) - takesAway(b))

/** The rest needs what they take away, and most of all the right to it, which goes with the thing. */
function takesAway({ name }: AnyDeclaration): number {
  if (name === 'experiments.remove' || name === 'registeredModels.delete') return 2
  return /\.(delete|remove|rename|move|complete|abort)/.test(name) ? 1 : 0
}

function isOnThings(needs: AnyDeclaration['needs']): needs is Permission {
  return needs !== 'public' && needs !== 'signed-in' && PERMISSIONS[needs].on !== 'workspace'
}

const levelOf = ({ needs }: AnyDeclaration) => PERMISSIONS[needs as Permission].level

/** What a message names. */
interface Thing {
  readonly experiment: string
  readonly experimentName: string
  readonly run: string
  readonly logged: string
  readonly model: string
  /** Of an upload in parts that is open. */
  readonly upload: string
}

interface Field {
  readonly type?: string | readonly string[]
  readonly enum?: readonly string[]
  readonly items?: Field
  readonly properties?: Readonly<Record<string, Field>>
}

/** Values by the names of fields; a route of its own counts before them. */
function fieldOf(route: string, name: string, field: Field, thing: Thing): unknown {
  const own = OWN[`${route} ${name}`] ?? OWN[`${route.split('.')[0]} ${name}`] ?? OWN[name]
  if (own !== undefined) return own(thing)
  if (field.enum !== undefined) return field.enum[0]
  switch (field.type) {
    case 'string':
      return 'a'
    case 'integer':
    case 'number':
      return 1
    case 'boolean':
      return false
    case 'array':
      return [fieldOf(route, name, field.items!, thing)]
    default:
      return messageOf(route, field, thing)
  }
}

function messageOf(route: string, { properties = {} }: Field, thing: Thing): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => !LEFT_OUT.has(name) && !LEFT_OUT.has(`${route} ${name}`))
      .map(([name, field]) => [name, fieldOf(route, name, field, thing)]),
  )
}

const LEFT_OUT = new Set<string>([
  'page_token',
  'filter',
  'order_by',
  'max_results',
  'stages',
  'runs.get run_uuid',
  'registry.registerPath model_id',
  'artifacts.presign-upload model_id',
  'approvals.request archive_existing',
])

const OWN: Readonly<Record<string, (thing: Thing) => unknown>> = {
  experiment_id: ({ experiment }) => experiment,
  experiment_ids: ({ experiment }) => [experiment],
  experiment_name: ({ experimentName }) => experimentName,
  run_id: ({ run }) => run,
  run_uuid: ({ run }) => run,
  model_json: ({ run }) =>
    JSON.stringify({ artifact_path: 'm', run_id: run, utc_time_created: 'now', flavors: {} }),
  source: ({ experiment, run }) => `mlflow-artifacts:/${experiment}/${run}/artifacts`,
  stage: () => 'Staging',
  num_parts: () => 1,
  upload_id: ({ upload }) => upload,
  'modelVersions model_id': () => undefined,
  run_ids: ({ run }) => [run],
  source_run_id: ({ run }) => run,
  model_id: ({ logged }) => logged,
  'registeredModels name': ({ model }) => model,
  'modelVersions name': ({ model }) => model,
  'registry name': ({ model }) => model,
  'approvals name': ({ model }) => model,
  'approvals value': () => 'Staging',
  'approvals reason': () => 'because it is so',
  version: () => '1',
  path: () => 'f.txt',
  'artifacts.list-in-store path': ({ experiment, run }) => `${experiment}/${run}/artifacts`,
  artifact_path: ({ experiment, run }) => `${experiment}/${run}/artifacts/f.txt`,
}

/** Answers that hold what they find among what the caller may read, and are empty where that is nothing. */
const SEARCHES = new Set([
  'approvals.list',
  'artifacts.list-in-store',
  'datasets.search',
  'experiments.search',
  'loggedModels.search',
  'metrics.getHistory',
  'metrics.getHistoryBulk',
  'metrics.getHistoryBulkInterval',
  'modelVersions.search',
  'registeredModels.search',
  'runs.search',
  'series.get',
  'status.show',
])

/** They take the id of an upload that was signed for its path: of what does not exist there is none. */
const OF_AN_UPLOAD = new Set(['artifacts.abort-upload', 'artifacts.complete-upload'])

/** They take things in a file, whose rights have a test of their own in the registry. */
const IN_A_FILE = new Set(['registry.importArchive'])

/** They name a request for approval, not the thing; `approvals.test.ts` of governance asks for those of others. */
const OF_A_REQUEST = new Set(['approvals.get', 'approvals.withdraw'])

/** What a confined credential may besides, because nothing in it is a run: to register and to log it must look. */
const WITHOUT_RUN = [
  'experiments.get',
  'modelVersions.get',
  'registeredModels.create',
  'registeredModels.get',
]

const isLeftOut = ({ name }: AnyDeclaration) => IN_A_FILE.has(name) || OF_A_REQUEST.has(name)

const places = ({ method, path, twins }: AnyDeclaration) => [{ method, path }, ...twins]

eachEngine('what may be done to which things', MIGRATIONS, (open, engine) => {
  test('whoever manages one thing changes no other that they can read', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    const { own, other } = await openWorld(server)
    let asked = 0
    for (const declaration of declarations) {
      if (levelOf(declaration) === 'READ' || isLeftOut(declaration)) continue
      for (const place of places(declaration)) {
        const refused = await ask(server, declaration, place, other, basic('manager'))
        const told = `${declaration.name} (${place.path}): ${refused.status} ${refused.text.slice(0, 300)}`
        assert.equal(refused.status, 403, told)
        assert.match(refused.text, /lacks '[\w.]+' in this (experiment|model) of workspace/, told)
        const done = await ask(server, declaration, place, own, basic('manager'))
        assert.notEqual(done.status, 403, `${declaration.name}: ${done.text.slice(0, 300)}`)
        asked += 2
      }
    }
    assert.ok(asked > 100)
    console.log(`${engine}: ${asked} requests to change a thing of one's own and one of others`)
  })

  test('what cannot be read is what does not exist, here and in other workspaces', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    const { other, none } = await openWorld(server)
    let asked = 0
    for (const declaration of declarations) {
      if (isLeftOut(declaration)) continue
      for (const place of places(declaration)) {
        for (const [who, workspace] of [
          ['blind', 'vision'],
          ['foreigner', 'speech'],
        ] as const) {
          const hidden = await ask(server, declaration, place, other, basic(who), workspace)
          const never = await ask(server, declaration, place, none, basic(who), workspace)
          asked += 2
          const told = `${declaration.name} (${place.path}) as ${who}: ${hidden.status} ${hidden.text.slice(0, 300)}`
          if (OF_AN_UPLOAD.has(declaration.name)) {
            assert.equal(hidden.status, workspace === 'vision' ? 404 : 400, told)
            continue
          }
          assert.equal(hidden.status, never.status, told)
          assert.ok(declaration.name !== 'status.show' || !hidden.text.includes(other.run), told)
          if (declaration.name !== 'status.show') {
            assert.equal(unnamed(hidden.text, other), unnamed(never.text, none), told)
          }
          assert.ok(hidden.status >= 400 || SEARCHES.has(declaration.name), told)
        }
      }
    }
    console.log(`${engine}: ${asked} requests about what cannot be read and what does not exist`)
  })

  test('ids of others beside one’s own are ids of nothing', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    const { own, other, none } = await openWorld(server)
    const mixed: [string, (mine: Thing, theirs: Thing) => object][] = [
      ['runs/log-inputs', (a, b) => ({ run_id: a.run, models: [{ model_id: b.logged }] })],
      ['runs/outputs', (a, b) => ({ run_id: a.run, models: [{ model_id: b.logged, step: 0 }] })],
      ['logged-models', (a, b) => ({ experiment_id: a.experiment, name: 'x', source_run_id: b.run })],
      [
        'model-versions/create',
        (a, b) => ({
          name: a.model,
          run_id: b.run,
          source: `mlflow-artifacts:/${b.experiment}/${b.run}/artifacts`,
        }),
      ],
      ['model-versions/create', (a, b) => ({ name: a.model, source: `models:/${b.model}/1` })],
      ['model-versions/create', (a, b) => ({ name: a.model, source: `models:/${b.logged}` })],
      ['runs/log-batch', (a, b) => ({ run_id: a.run, metrics: [{ ...METRIC, model_id: b.logged }] })],
      ['/api/orrery/v1/runs/move', (a, b) => ({ run_ids: [a.run], experiment_id: b.experiment })],
      ['/api/orrery/v1/runs/move', (a, b) => ({ run_ids: [a.run, b.run], experiment_id: a.experiment })],
    ]
    for (const [path, body] of mixed) {
      const url = `/workspaces/vision${path.startsWith('/') ? path : `/api/2.0/mlflow/${path}`}`
      const hidden = await server.call('POST', url, basic('blind'), body(own, other))
      const never = await server.call('POST', url, basic('blind'), body(own, none))
      const told = `${path} ${JSON.stringify(body(own, other))}: ${hidden.text} and ${never.text}`
      assert.equal(hidden.status, never.status, told)
      if (hidden.status >= 300) assert.equal(unnamed(hidden.text, other), unnamed(never.text, none), told)
    }
  })

  test('a confined credential reaches its own runs only', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    const { other } = await openWorld(server)
    const { token } = await server.done(
      'POST',
      '/workspaces/vision/api/orrery/v1/tracking-credentials',
      { life_ms: 60_000 },
      basic('maker'),
    )
    const hour: Headers = { authorization: `Bearer ${token}` }
    const own = await makeThings(server, 'of-the-hour', hour)
    server.time.now += 120_000
    let asked = 0
    const reached = []
    for (const declaration of declarations) {
      if (declaration.ofRun !== true) continue
      const { name } = declaration
      for (const place of places(declaration)) {
        const refused = await ask(server, declaration, place, other, hour)
        const done = await ask(server, declaration, place, own, hour)
        asked += 2
        const told = `${name} (${place.path}): ${refused.status} ${refused.text.slice(0, 200)}\n${done.status} ${done.text.slice(0, 200)}`
        if (WITHOUT_RUN.includes(name)) assert.notEqual(refused.status, 401, told)
        else {
          assert.equal(refused.status, 401, told)
          assert.match(refused.text, /Get a new one: POST/, told)
        }
        if (name === 'runs.create') assert.equal(done.status, 401, told)
        else assert.notEqual(done.status, 401, told)
        if (done.status < 300) reached.push(name)
      }
    }
    assert.ok(new Set(reached).size > 15, reached.join())
    console.log(`${engine}: ${asked} requests with an expired tracking credential`)
  })
})

const unnamed = (text: string, thing: Thing) =>
  Object.values(thing).reduce((told, name) => told.replaceAll(name, '<name>'), text)

const METRIC = { key: 'm', value: 1, timestamp: 1, step: 0 }

async function ask(
  server: AccountServer,
  declaration: AnyDeclaration,
  { method, path }: { readonly method: string; readonly path: string },
  thing: Thing,
  headers: Headers,
  workspace = 'vision',
) {
  const message = messageOf(declaration.name, declaration.takes as Field, thing)
  const inBody =
    declaration.body === undefined ? 'x' : messageOf(declaration.name, declaration.body as Field, thing)
  const url = path.replace(/\{(\w+)\*?\}/g, (_, name: string) => {
    const value = String(message[name])
    delete message[name]
    return value.split('/').map(encodeURIComponent).join('/')
  })
  const isRaw = declaration.codec === 'raw'
  const inQuery = method === 'GET' || isRaw
  const query = new URLSearchParams()
  if (inQuery) {
    for (const [name, value] of Object.entries(message)) {
      for (const each of [value].flat()) query.append(name, String(each))
    }
  }
  const where = `/workspaces/${workspace}${url}${query.size === 0 ? '' : `?${query}`}`
  return server.call(method, where, headers, isRaw ? inBody : message)
}

async function openWorld(server: AccountServer) {
  for (const name of ['vision', 'speech']) await server.makeWorkspace(name)
  for (const name of ['maker', 'manager', 'blind', 'foreigner']) await server.makeUser(name)
  await server.done('POST', '/workspaces/vision/api/orrery/v1/roles', { name: 'nothing', permissions: [] })
  await server.assign('vision', 'contributor', 'maker')
  await server.assign('vision', 'reader', 'manager')
  await server.assign('vision', 'nothing', 'blind')
  await server.assign('speech', 'owner', 'foreigner')
  const own = await makeThings(server, 'own')
  const other = await makeThings(server, 'other')
  for (const principal of ['manager', 'blind']) {
    for (const [kind, pattern] of [
      ['experiment', own.experiment],
      ['registered_model', own.model],
    ]) {
      await server.done('PUT', '/workspaces/vision/api/orrery/v1/grants', {
        principal,
        kind,
        pattern,
        level: 'MANAGE',
      })
    }
  }
  const none: Thing = {
    experiment: String(Number(other.experiment) + 1000),
    experimentName: 'experiment-never',
    run: other.run.replace(/.{8}$/, 'ffffffff'),
    logged: other.logged.replace(/.{8}$/, 'eeeeeeee'),
    model: 'model-never',
    upload: other.upload,
  }
  return { own, other, none }
}

/** An experiment with a run, its file, a logged model, and a registered model with a version, made by `maker`. */
async function makeThings(server: AccountServer, name: string, maker = basic('maker')): Promise<Thing> {
  const post = (path: string, body: unknown) =>
    server.done('POST', `/workspaces/vision/api/2.0/mlflow/${path}`, body, maker)
  const { experiment_id: experiment } = await post('experiments/create', { name: `experiment-${name}` })
  const { run } = await post('runs/create', { experiment_id: experiment })
  const id = run.info.run_id
  await server.done(
    'PUT',
    `/workspaces/vision/api/2.0/mlflow-artifacts/artifacts/${experiment}/${id}/artifacts/f.txt`,
    'x',
    maker,
  )
  const { upload_id } = await server.done(
    'POST',
    `/workspaces/vision/api/2.0/mlflow-artifacts/mpu/create/${experiment}/${id}/artifacts/f.txt`,
    { path: 'f.txt', num_parts: 1 },
    maker,
  )
  const { model } = await post('logged-models', { experiment_id: experiment, name: 'm', source_run_id: id })
  await post('registered-models/create', { name: `model-${name}` })
  await post('model-versions/create', {
    name: `model-${name}`,
    source: `mlflow-artifacts:/${experiment}/${id}/artifacts`,
    run_id: id,
  })
  return {
    experiment,
    experimentName: `experiment-${name}`,
    run: id,
    logged: model.info.model_id,
    model: `model-${name}`,
    upload: upload_id,
  }
}
