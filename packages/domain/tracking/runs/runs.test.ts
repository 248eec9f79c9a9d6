import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import type { Run } from './run.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]
const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST' }
const INVALID = { code: 'INVALID_PARAMETER_VALUE' }

const tagsOf = (run: Run) => Object.fromEntries(run.tags.map(({ key, value }) => [key, value]))
const paramsOf = (run: Run) => Object.fromEntries(run.params.map(({ key, value }) => [key, value]))

eachEngine('runs', MODULES, (open) => {
  test('what was started is what is shown', async () => {
    await using db = await open()
    const { runs, here } = await openTracking(db)
    const tags = [
      { key: 'team', value: 'x' },
      { key: 'team', value: 'y' },
    ]
    const made = await runs.create(here, { userId: 'ada', name: 'first', startTime: 42, tags })
    assert.deepEqual(tagsOf(made), { team: 'y', 'mlflow.runName': 'first' })
    const { runId } = made.info
    assert.deepEqual(made.info, {
      runId,
      experimentId: '0',
      name: 'first',
      userId: 'ada',
      status: 'RUNNING',
      startTime: 42,
      endTime: null,
      lifecycle: 'active',
      artifactUri: `mlflow-artifacts:/0/${runId}/artifacts`,
    })
    const shown = await runs.get(here, { runId })
    assert.deepEqual(shown.info, made.info)
    assert.deepEqual(tagsOf(shown), tagsOf(made))
  })

  test('a run without a name gets one, in its tag too; two different names are refused', async () => {
    await using db = await open()
    const { runs, here } = await openTracking(db)
    const { info, tags } = await runs.create(here, {})
    assert.match(info.name, /^[a-z]+-[a-z]+-\d{1,3}$/)
    assert.equal(tags.find(({ key }) => key === 'mlflow.runName')?.value, info.name)
    const tagged = { tags: [{ key: 'mlflow.runName', value: 'tagged' }] }
    assert.equal((await runs.create(here, tagged)).info.name, 'tagged')
    await assert.rejects(runs.create(here, { ...tagged, name: 'other' }), INVALID)
  })

  test('lists that MLflow does not limit have a limit', async () => {
    await using db = await open()
    const { runs, experiments, loggedModels, inputs, here } = await openTracking(db)
    const { runId } = (await runs.create(here, {})).info
    const tags = Array.from({ length: 1001 }, (_, i) => ({ key: `t${i}`, value: '' }))
    const models = tags.map(({ key }) => ({ modelId: key, step: 0 }))
    for (const refused of [
      runs.create(here, { tags }),
      experiments.create(here, { name: 'wine', tags }),
      loggedModels.create(here, { experimentId: '0', tags }),
      loggedModels.create(here, { experimentId: '0', params: tags }),
      inputs.logOutputs(here, { runId, models }),
      inputs.logInputs(here, { runId, datasets: [], models: tags.map(({ key }) => key) }),
    ]) {
      await assert.rejects(refused, { ...INVALID, message: /has 1001 entries; at most 1000/ })
    }
    await runs.create(here, { tags: tags.slice(1) })
  })

  test('a run starts in an active experiment only', async () => {
    await using db = await open()
    const { runs, experiments, here } = await openTracking(db)
    const experimentId = await experiments.create(here, { name: 'wine' })
    await experiments.delete(here, { experimentId })
    await assert.rejects(runs.create(here, { experimentId }), INVALID)
    await assert.rejects(runs.create(here, { experimentId: '999999' }), ABSENT)
  })

  test('its end is told as an event of its own', async () => {
    await using db = await open()
    const { runs, here, eventTypes } = await openTracking(db)
    const { runId } = (await runs.create(here, {})).info
    const info = await runs.update(here, { runId, status: 'FINISHED', endTime: 9, name: 'done' })
    assert.deepEqual([info.status, info.endTime, info.name], ['FINISHED', 9, 'done'])
    assert.equal(tagsOf(await runs.get(here, { runId }))['mlflow.runName'], 'done')
    await runs.update(here, { runId, status: 'RUNNING' })
    await runs.update(here, { runId, status: 'FAILED' })
    assert.deepEqual(await eventTypes(), ['run.created', 'run.completed', 'run.updated', 'run.failed'])
  })

  test('a param never changes: the same value is fine, another is refused and nothing of the batch stays', async () => {
    await using db = await open()
    const { runs, metrics, here } = await openTracking(db)
    const { runId } = (await runs.create(here, {})).info
    await runs.logParam(here, { runId, key: 'lr', value: '0.1' })
    await runs.logParam(here, { runId, key: 'lr', value: '0.1' })
    await assert.rejects(runs.logParam(here, { runId, key: 'lr', value: '0.2' }), INVALID)
    const batch = {
      runId,
      metrics: [{ key: 'm', value: 1, timestamp: 1 }],
      params: [
        { key: 'depth', value: '3' },
        { key: 'lr', value: '0.3' },
      ],
      tags: [{ key: 't', value: '1' }],
    }
    await assert.rejects(runs.logBatch(here, batch), INVALID)
    const run = await runs.get(here, { runId })
    assert.deepEqual(paramsOf(run), { lr: '0.1' })
    assert.deepEqual((await metrics.getHistory(here, { runId, key: 'm' })).points, [])
  })

  test('a batch is one event, however many values it has, and none if it holds points only', async () => {
    await using db = await open()
    const { runs, here, eventTypes } = await openTracking(db)
    const { runId } = (await runs.create(here, {})).info
    const metrics = [{ key: 'm', value: 1, timestamp: 1 }]
    const tags = Array.from({ length: 100 }, (_, i) => ({ key: `t${i}`, value: '' }))
    await runs.logBatch(here, { runId, metrics, params: [], tags })
    await runs.logBatch(here, { runId, metrics, params: [], tags: [] })
    assert.deepEqual(await eventTypes(), ['run.created', 'run.batch-logged'])
  })

  test('a batch that is too large or names a param twice is refused whole', async () => {
    await using db = await open()
    const { runs, here } = await openTracking(db)
    const { runId } = (await runs.create(here, {})).info
    const many = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: '' }))
    const metrics = Array.from({ length: 1001 }, (_, i) => ({ key: `m${i}`, value: i, timestamp: 1 }))
    const empty = { runId, metrics: [], params: [], tags: [] }
    for (const batch of [
      { ...empty, metrics },
      { ...empty, params: many(101) },
      { ...empty, tags: many(101) },
      { ...empty, metrics: metrics.slice(0, 950), tags: many(51) },
      { ...empty, params: [...many(1), ...many(1)] },
    ]) {
      await assert.rejects(runs.logBatch(here, batch), INVALID)
    }
    const { metrics: latest, params } = await runs.get(here, { runId })
    assert.deepEqual([latest, params], [[], []])
  })

  test('of two tags with one key in a batch the last stays, and mlflow.runName renames', async () => {
    await using db = await open()
    const { runs, here } = await openTracking(db)
    const { runId } = (await runs.create(here, {})).info
    const tags = [
      { key: 't', value: '1' },
      { key: 't', value: '2' },
      { key: 'mlflow.runName', value: 'renamed' },
    ]
    await runs.logBatch(here, { runId, metrics: [], params: [], tags })
    const run = await runs.get(here, { runId })
    assert.equal(run.info.name, 'renamed')
    assert.deepEqual(tagsOf(run), { t: '2', 'mlflow.runName': 'renamed' })
    await runs.deleteTag(here, { runId, key: 't' })
    await assert.rejects(runs.deleteTag(here, { runId, key: 't' }), ABSENT)
  })

  test('too long values are cut at a whole character, too long keys refused', async () => {
    await using db = await open()
    const { runs, here } = await openTracking(db)
    const { runId } = (await runs.create(here, {})).info
    await runs.logParam(here, { runId, key: 'p', value: '😀'.repeat(6001) })
    await runs.setTag(here, { runId, key: 't', value: 'é'.repeat(8001) })
    await runs.update(here, { runId, name: 'n'.repeat(8001) })
    const run = await runs.get(here, { runId })
    assert.deepEqual([run.info.name, tagsOf(run)['mlflow.runName']], ['n'.repeat(8000), 'n'.repeat(8000)])
    assert.equal(paramsOf(run).p, '😀'.repeat(6000))
    assert.equal(tagsOf(run).t, 'é'.repeat(8000))
    await assert.rejects(runs.logParam(here, { runId, key: 'k'.repeat(251), value: '' }), INVALID)
    await runs.logParam(here, { runId, key: 'żółć 日本/a.b-c:d e_f', value: '' })
  })

  test('the latest value is the greatest by step, then timestamp, then value', async () => {
    await using db = await open()
    const { runs, metrics, here } = await openTracking(db)
    const { runId } = (await runs.create(here, {})).info
    for (const [value, timestamp, step] of [
      [5, 10, 3],
      [9, 99, 2],
      [4, 10, 3],
      [6, 10, 3],
      [1, 9, 3],
    ] as const) {
      await metrics.log(here, { runId, key: 'm', value, timestamp, step })
    }
    const run = await runs.get(here, { runId })
    assert.deepEqual(run.metrics, [{ key: 'm', value: 6, timestamp: 10, step: 3 }])
  })

  test('a deleted run takes nothing until it is restored; both may be repeated', async () => {
    await using db = await open()
    const { runs, metrics, here } = await openTracking(db)
    const { runId } = (await runs.create(here, {})).info
    await runs.delete(here, { runId })
    await runs.delete(here, { runId })
    assert.equal((await runs.get(here, { runId })).info.lifecycle, 'deleted')
    const point = { runId, key: 'm', value: 1, timestamp: 1 }
    await assert.rejects(metrics.log(here, point), INVALID)
    await assert.rejects(runs.setTag(here, { runId, key: 'k', value: 'v' }), INVALID)
    await assert.rejects(runs.update(here, { runId, status: 'FINISHED' }), INVALID)
    await runs.restore(here, { runId })
    await runs.restore(here, { runId })
    await metrics.log(here, point)
  })

  test('an experiment takes its runs along when deleted, and brings back all of them when restored', async () => {
    await using db = await open()
    const { runs, experiments, here } = await openTracking(db)
    const experimentId = await experiments.create(here, { name: 'wine' })
    const one = (await runs.create(here, { experimentId })).info.runId
    const two = (await runs.create(here, { experimentId })).info.runId
    const lifecycles = async () =>
      Promise.all([one, two].map(async (runId) => (await runs.get(here, { runId })).info.lifecycle))
    await runs.delete(here, { runId: one })
    assert.deepEqual(await lifecycles(), ['deleted', 'active'])
    await experiments.delete(here, { experimentId })
    assert.deepEqual(await lifecycles(), ['deleted', 'deleted'])
    await experiments.restore(here, { experimentId })
    assert.deepEqual(await lifecycles(), ['active', 'active'])
    await runs.delete(here, { runId: two })
    assert.deepEqual(await lifecycles(), ['active', 'deleted'])
  })

  test('runs move between experiments with their metrics, all or none', async () => {
    await using db = await open()
    const { runs, metrics, experiments, search, here } = await openTracking(db)
    const experimentId = await experiments.create(here, { name: 'wine' })
    const { runId, artifactUri } = (await runs.create(here, {})).info
    await metrics.log(here, { runId, key: 'm', value: 1, timestamp: 1 })
    await assert.rejects(runs.move(here, { runIds: [runId, 'nobody'], experimentId }), ABSENT)
    await runs.move(here, { runIds: [runId, runId], experimentId })
    const found = await search.runs(here, { experimentIds: [experimentId], orderBy: ['metrics.m'] })
    assert.deepEqual(
      found.runs.map(({ info }) => [info.runId, info.experimentId, info.artifactUri]),
      [[runId, experimentId, artifactUri]],
    )
  })

  test('a run that is being moved takes data all the while', async () => {
    await using db = await open()
    const { runs, metrics, experiments, here } = await openTracking(db)
    const places = ['0', await experiments.create(here, { name: 'wine' })]
    const { runId } = (await runs.create(here, {})).info
    const write = (step: number) => metrics.log(here, { runId, key: 'm', value: step, timestamp: 1, step })
    await Promise.all(
      Array.from({ length: 60 }, (_, step) =>
        step % 3 === 0
          ? runs.move(here, { runIds: [runId], experimentId: places[(step / 3) % 2]! })
          : write(step),
      ),
    )
    assert.equal((await metrics.getHistory(here, { runId, key: 'm' })).points.length, 40)
  })

  test('another workspace’s run is as absent as one that never was', async () => {
    await using db = await open()
    const { runs, here, elsewhere } = await openTracking(db)
    const { runId } = (await runs.create(here, {})).info
    const absent = { ...ABSENT, message: `Run with id=${runId} not found` }
    for (const ask of [
      () => runs.get(elsewhere, { runId }),
      () => runs.update(elsewhere, { runId, status: 'KILLED' }),
      () => runs.delete(elsewhere, { runId }),
      () => runs.restore(elsewhere, { runId }),
      () => runs.remove(elsewhere, { runId }),
      () => runs.logParam(elsewhere, { runId, key: 'k', value: 'v' }),
      () => runs.logBatch(elsewhere, { runId, metrics: [], params: [], tags: [] }),
      () => runs.setTag(elsewhere, { runId, key: 'k', value: 'v' }),
      () => runs.move(elsewhere, { runIds: [runId], experimentId: '0' }),
    ]) {
      await assert.rejects(ask(), absent)
    }
  })

  test('a removed run is gone at once, and the rest of it in the background, a slice at a time', async () => {
    await using db = await open()
    const { runs, metrics, loggedModels, here, workOff, rowsLeft, removedFiles } = await openTracking(db)
    const { runId, artifactUri } = (await runs.create(here, {})).info
    for (let step = 0; step < 5; step++) {
      await runs.logBatch(here, {
        runId,
        metrics: Array.from({ length: 999 }, (_, i) => ({ key: 'm', value: i, timestamp: i, step })),
        params: [{ key: `p${step}`, value: '' }],
        tags: [],
      })
    }
    const { modelId } = await loggedModels.create(here, { experimentId: '0' })
    await metrics.log(here, { runId, key: 'auc', value: 1, timestamp: 1, modelId })
    await assert.rejects(runs.remove(here, { runId }), { code: 'INVALID_STATE' })
    await runs.delete(here, { runId })
    await runs.remove(here, { runId })
    await assert.rejects(runs.get(here, { runId }), ABSENT)
    assert.equal(await rowsLeft('points'), 4996)
    await workOff()
    for (const table of [
      'points',
      'marks',
      'series',
      'latest',
      'run_params',
      'run_tags',
      'removals',
    ] as const) {
      assert.equal(await rowsLeft(table), 0, table)
    }
    assert.deepEqual(removedFiles, [artifactUri])
  })
})
