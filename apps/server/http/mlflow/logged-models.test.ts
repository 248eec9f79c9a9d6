import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { countingIds } from '@orrery/base/kernel'
import { accessMigrations, localOwner, makeAccess } from '@orrery/domain/access'
import { eventsMigrations, makeEmit } from '@orrery/domain/events'
import { makeTracking, NOTHING_METERED, NOTHING_OWNED, trackingMigrations } from '@orrery/domain/tracking'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import pino from 'pino'
import { makeHttp, makeOrigins, makeSlowBodies } from '../kit/index.ts'
import { bindInputs } from './inputs.ts'
import { bindLoggedModels } from './logged-models.ts'
import { bindRuns } from './runs.ts'

const NOW = 1_700_000_000_000

/** The routes of runs, inputs and logged models over two workspaces, `default` and `elsewhere`. */
async function serve(db: Database) {
  const clock = () => NOW
  const ids = countingIds()
  const emit = makeEmit({ clock, ids })
  const tracking = makeTracking({
    db,
    emit,
    clock,
    ids,
    wakeRemovals: () => {},
    ownership: NOTHING_OWNED,
    meter: NOTHING_METERED,
  })
  const { ensureWorkspace, findWorkspace } = makeAccess({ db, clock })
  for (const name of ['default', 'elsewhere']) {
    await db.inTx(async (tx) => tracking.experiments.ensureDefault(tx, (await ensureWorkspace(tx, name)).key))
  }
  const http = makeHttp([...bindRuns(tracking), ...bindInputs(tracking), ...bindLoggedModels(tracking)], {
    basePath: '',
    trustProxy: false,
    log: pino({ level: 'silent' }),
    slowBodies: makeSlowBodies(clock),
    origins: makeOrigins({ allowedHosts: [], corsAllowedOrigins: [], boundHost: '127.0.0.1' }),
    observe: () => {},
    findCaller: async (asking) => localOwner(await findWorkspace(asking.workspace ?? 'default'), asking),
  })
  async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) {
    const answer = await http.inject({
      method,
      url: path.startsWith('/') ? path : `/api/2.0/mlflow/${path}`,
      headers: { host: '127.0.0.1', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    })
    return { status: answer.statusCode, body: answer.json() }
  }
  const create = async (body: object = {}) =>
    (await call('POST', 'logged-models', { experiment_id: '0', ...body })).body.model.info.model_id as string
  return { call, create }
}

eachEngine(
  'the routes of logged models',
  [eventsMigrations, accessMigrations, trackingMigrations],
  (open) => {
    test('a model goes its way in MLflow’s words', async () => {
      await using db = await open()
      const { call } = await serve(db)
      const created = await call('POST', 'logged-models', {
        experiment_id: 0,
        name: 'tree',
        params: [{ key: 'b', value: '1' }, { key: 'a' }],
        tags: [{ key: 't', value: 'é' }],
      })
      const { model_id } = created.body.model.info
      const info = {
        model_id,
        experiment_id: '0',
        name: 'tree',
        creation_timestamp_ms: NOW,
        last_updated_timestamp_ms: NOW,
        artifact_uri: `mlflow-artifacts:/0/models/${model_id}/artifacts`,
        status: 'LOGGED_MODEL_PENDING',
        model_type: '',
        source_run_id: '',
        tags: [{ key: 't', value: 'é' }],
      }
      const params = [
        { key: 'a', value: '' },
        { key: 'b', value: '1' },
      ]
      assert.deepEqual(created, { status: 200, body: { model: { info, data: { params } } } })

      const ready = await call('PATCH', `logged-models/${model_id}`, {
        model_id,
        status: 'LOGGED_MODEL_READY',
      })
      assert.equal(ready.body.model.info.status, 'LOGGED_MODEL_READY')
      const failed = await call('PATCH', `/ajax-api/2.0/mlflow/logged-models/${model_id}`, { status: 3 })
      assert.equal(failed.body.model.info.status, 'LOGGED_MODEL_UPLOAD_FAILED')

      const done = { status: 200, body: {} }
      const path = `logged-models/${model_id}`
      assert.deepEqual(await call('POST', `${path}/params`, { params: [{ key: 'c', value: '2' }] }), done)
      assert.deepEqual(await call('PATCH', `${path}/tags`, { tags: [{ key: 'x/y z', value: '1' }] }), done)
      assert.deepEqual(await call('DELETE', `${path}/tags/x%2Fy%20z`), done)
      assert.deepEqual(await call('DELETE', path, { model_id }), done)
      assert.equal((await call('GET', path)).status, 404)
      assert.equal((await call('GET', `${path}?allow_deleted=True`)).body.model.info.name, 'tree')
    })

    test('metrics of a model carry run and dataset, NaN as a word', async () => {
      await using db = await open()
      const { call, create } = await serve(db)
      const model_id = await create()
      const run = await call('POST', 'runs/create', { start_time: 1 })
      const { run_id } = run.body.run.info
      const point = { key: 'acc', timestamp: 5, step: 1, model_id }
      await call('POST', 'runs/log-metric', { run_id, ...point, value: 'NaN' })
      const dataset = { dataset_name: 'iris', dataset_digest: 'd' }
      const batch = { run_id, metrics: [{ ...point, ...dataset, value: 0.5, run_id }] }
      assert.deepEqual(await call('POST', 'runs/log-batch', batch), { status: 200, body: {} })
      const { data } = (await call('GET', `logged-models/${model_id}`)).body.model
      assert.deepEqual(data.metrics, [
        { ...point, value: 'NaN', run_id },
        { ...point, value: 0.5, ...dataset, run_id },
      ])
    })

    test('inputs and outputs come back with the run', async () => {
      await using db = await open()
      const { call, create } = await serve(db)
      const model_id = await create()
      const { run_id } = (await call('POST', 'runs/create', {})).body.run.info
      const dataset = { name: 'iris', digest: 'd', source_type: 'local', source: '{}', profile: '{"rows":3}' }
      const tags = [{ key: 'mlflow.data.context', value: 'train' }]
      const done = { status: 200, body: {} }
      const inputs = { run_id, datasets: [{ dataset, tags }, {}], models: [{ model_id }] }
      assert.deepEqual(await call('POST', 'runs/log-inputs', inputs), done)
      assert.deepEqual(
        await call('POST', 'runs/outputs', { run_id, models: [{ model_id, step: '7' }] }),
        done,
      )
      assert.deepEqual(await call('POST', 'runs/outputs', { run_id, models: [] }), done)
      const { run } = (await call('GET', `runs/get?run_id=${run_id}`)).body
      const empty = { dataset: { name: '', digest: '', source_type: '', source: '' } }
      assert.deepEqual(run.inputs.model_inputs, [{ model_id }])
      assert.deepEqual(run.outputs, { model_outputs: [{ model_id, step: 7 }] })
      assert.equal(run.inputs.dataset_inputs.length, 2)
      for (const expected of [{ tags, dataset }, empty]) {
        const has = run.inputs.dataset_inputs.some((given: unknown) => isDeepStrictEqual(given, expected))
        assert.ok(has, JSON.stringify(expected))
      }
    })

    const refused: {
      name: string
      method: 'POST' | 'PATCH' | 'DELETE'
      path: string
      body?: object
      status: number
      code: string
      says: RegExp
    }[] = [
      {
        name: 'a model without an experiment',
        method: 'POST',
        path: 'logged-models',
        body: { experiment_id: '' },
        status: 400,
        code: 'INVALID_PARAMETER_VALUE',
        says: /Missing value for required parameter 'experiment_id'/,
      },
      {
        name: 'a status that is none',
        method: 'PATCH',
        path: 'logged-models/m-1',
        body: { status: 'DONE' },
        status: 400,
        code: 'INVALID_PARAMETER_VALUE',
        says: /must be one of LOGGED_MODEL_STATUS_UNSPECIFIED/,
      },
      {
        name: 'a model that is not there',
        method: 'DELETE',
        path: 'logged-models/m-1',
        status: 404,
        code: 'RESOURCE_DOES_NOT_EXIST',
        says: /Logged model with ID 'm-1' not found/,
      },
      {
        name: 'a param twice',
        method: 'POST',
        path: 'logged-models',
        body: { experiment_id: '0', params: [{ key: 'a' }, { key: 'a' }] },
        status: 400,
        code: 'BAD_REQUEST',
        says: /'a' stands in 'params' more than once/,
      },
      {
        name: 'outputs without models',
        method: 'POST',
        path: 'runs/outputs',
        body: { run_id: 'r' },
        status: 400,
        code: 'INVALID_PARAMETER_VALUE',
        says: /Missing value for required parameter 'models'/,
      },
      {
        name: 'datasets that are no list',
        method: 'POST',
        path: 'runs/log-inputs',
        body: { run_id: 'r', datasets: 'x' },
        status: 400,
        code: 'INVALID_PARAMETER_VALUE',
        says: /parameter 'datasets'/,
      },
      {
        name: 'a step beyond 2^53',
        method: 'POST',
        path: 'runs/outputs',
        body: { run_id: 'r', models: [{ model_id: 'm', step: '9007199254740993' }] },
        status: 400,
        code: 'INVALID_PARAMETER_VALUE',
        says: /models\[0\]\.step/,
      },
      {
        name: 'a model that is no JSON',
        method: 'POST',
        path: 'runs/log-model',
        body: { run_id: 'r', model_json: '{' },
        status: 400,
        code: 'INVALID_PARAMETER_VALUE',
        says: /is not a valid JSON/,
      },
    ]
    test('refusals have MLflow’s code and status', async (t) => {
      await using db = await open()
      const { call } = await serve(db)
      for (const { name, method, path, body, status, code, says } of refused) {
        await t.test(name, async () => {
          const answer = await call(method, path, body)
          assert.deepEqual([answer.status, answer.body.error_code], [status, code])
          assert.match(answer.body.message, says)
        })
      }
    })

    test('the other workspace does not see the model', async () => {
      await using db = await open()
      const { call, create } = await serve(db)
      const path = `/api/2.0/mlflow/logged-models/${await create()}`
      assert.equal((await call('GET', path)).status, 200)
      assert.equal((await call('GET', `/workspaces/elsewhere${path}`)).status, 404)
    })
  },
)
