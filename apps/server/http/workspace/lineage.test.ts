import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { MIGRATIONS } from '../../migrations.ts'
import { type Call, serve } from '../testing/serve.ts'
import { basic, serveAccounts } from '../testing/serve-accounts.ts'

const V1 = '/api/orrery/v1/'

/** A run that reads `customers`, and a version that was registered from it, in a workspace. */
async function trained(call: Call, at = '') {
  const mlflow = async (path: string, body: object) => {
    const told = await call('POST', `${at}/api/2.0/mlflow/${path}`, body)
    assert.equal(told.status, 200, told.text)
    return told.body
  }
  const { experiment_id } = await mlflow('experiments/create', { name: 'churn' })
  const { run } = await mlflow('runs/create', { experiment_id, run_name: 'bold-ant', start_time: 1000 })
  const runId = run.info.run_id as string
  const dataset = { name: 'customers', digest: 'ab12', source_type: 'http', source: '{}' }
  await mlflow('runs/log-inputs', { run_id: runId, datasets: [{ dataset, tags: [] }] })
  await mlflow('runs/update', { run_id: runId, status: 'FINISHED', end_time: 2000 })
  await mlflow('registered-models/create', { name: 'fraud' })
  await mlflow('model-versions/create', { name: 'fraud', source: 's3://b/m', run_id: runId })
  return runId
}

eachEngine('lineage over HTTP', MIGRATIONS, (open) => {
  test('shows what produced a thing and what came of it', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const run = await trained(call)
    const asked = await call('GET', `${V1}lineage?kind=version&id=fraud/1`)
    assert.equal(asked.status, 200, asked.text)
    const { nodes, ...rest } = asked.body
    assert.deepEqual(rest, {
      edges: [
        { from: `run:${run}`, to: 'version:fraud/1', relation: 'registered-as' },
        { from: 'dataset:customers#ab12', to: `run:${run}`, relation: 'read-by' },
      ],
      ...{ is_cut: false, hidden: 0 },
    })
    const [version, node, dataset] = nodes
    const { creation_timestamp, ...of } = version
    assert.equal(typeof creation_timestamp, 'number')
    assert.deepEqual(of, {
      ...{ kind: 'version', id: 'fraud/1', subject: 'models/fraud/versions/1', name: 'fraud' },
      ...{ distance: 0, status: 'None' },
    })
    assert.deepEqual(node, {
      ...{ kind: 'run', id: run, subject: `runs/${run}`, name: 'bold-ant', distance: 1 },
      ...{ status: 'FINISHED', creation_timestamp: 1000 },
    })
    assert.deepEqual(dataset, {
      ...{ kind: 'dataset', id: 'customers#ab12', subject: '', name: 'customers', distance: 2 },
    })
    const affected = await call(
      'GET',
      `${V1}lineage?kind=dataset&id=customers%23ab12&direction=downstream&depth=1`,
    )
    assert.deepEqual([affected.body.nodes.length, affected.body.is_cut], [2, true])
  })

  test('comes as events of OpenLineage, one list', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const run = await trained(call, '/workspaces/elsewhere')
    const asked = await call('GET', `/workspaces/elsewhere${V1}lineage/openlineage?kind=run&id=${run}`)
    assert.equal(asked.status, 200, asked.text)
    const [event, ...more] = asked.body
    assert.deepEqual(more, [])
    assert.deepEqual(
      [event.eventType, event.eventTime, event.producer, event.run.runId.replaceAll('-', '')],
      ['COMPLETE', '1970-01-01T00:00:02.000Z', 'http://127.0.0.1', run],
    )
    assert.deepEqual(event.job, { namespace: 'orrery://elsewhere', name: 'churn/bold-ant' })
    assert.deepEqual(event.outputs, [{ namespace: 'orrery://elsewhere', name: 'models/fraud/versions/1' }])
    assert.equal((await call('GET', `${V1}lineage/openlineage?kind=run&id=${run}`)).status, 404)
  })

  test('refuses what makes no sense, and says what is allowed', async () => {
    await using db = await open()
    const { call } = await serve(db)
    const run = await trained(call)
    for (const [query, status, says] of [
      ['', 400, /kind/],
      ['kind=run', 400, /id/],
      ['kind=run&id=', 400, /id/],
      ['kind=job&id=x', 400, /kind/],
      [`kind=run&id=${run}&depth=0`, 400, /'depth'/],
      [`kind=run&id=${run}&depth=x`, 400, /depth/],
      [`kind=run&id=${run}&limit=10001`, 400, /'limit'/],
      [`kind=run&id=${run}&direction=sideways`, 400, /direction/],
      [`kind=version&id=${run}`, 404, /No version/],
      ['kind=run&id=nobody', 404, /No run 'nobody'/],
    ] as const) {
      for (const path of ['lineage', 'lineage/openlineage']) {
        const told = await call('GET', `${V1}${path}?${query}`)
        assert.deepEqual(
          [told.status, says.test(told.text)],
          [status, true],
          `${path}?${query}: ${told.text}`,
        )
      }
    }
  })

  test('shows to each account what it may see', async () => {
    await using db = await open()
    await using server = await serveAccounts(db)
    await server.makeUser('ada')
    await server.assign('default', 'data-scientist', 'ada')
    const { run } = await server.done('POST', 'runs/create', { experiment_id: '0' })
    await server.done('POST', 'registered-models/create', { name: 'open' })
    const { experiment_id } = await server.done('POST', 'experiments/create', { name: 'secret' })
    const parent = [{ key: 'mlflow.parentRunId', value: run.info.run_id }]
    await server.done('POST', 'runs/create', { experiment_id, tags: parent })
    const denied = { principal: 'ada', kind: 'experiment', pattern: experiment_id }
    await server.done('PUT', `${V1}grants`, { ...denied, level: 'READ', effect: 'deny' })
    const path = `${V1}lineage?kind=run&id=${run.info.run_id}`
    const all = await server.done('GET', path)
    assert.deepEqual([all.nodes.length, all.hidden], [2, 0])
    const some = await server.done('GET', path, undefined, basic('ada'))
    assert.deepEqual([some.nodes.length, some.edges, some.hidden], [1, [], 1])
  })
})
