import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Caller, type Permission, Problem, SOMEWHERE } from '@orrery/base/kernel'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../access/index.ts'
import { eventsMigrations } from '../events/index.ts'
import { trackingMigrations } from './index.ts'
import { openTracking } from './testing/open-tracking.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]

const DENIED = { code: 'PERMISSION_DENIED' }
const ABSENT = { code: 'RESOURCE_DOES_NOT_EXIST' }
const UNAUTHENTICATED = { code: 'UNAUTHENTICATED', message: 'Get a new one.' }

/** The verbs that ask for no thing, or only read: their routes ask. */
const NOT_ON_ONE_THING = [
  'experiments.create',
  'experiments.ensureDefault',
  'experiments.get',
  'experiments.getByName',
  'runs.get',
  'runs.newest',
  'metrics.getHistory',
  'metrics.getHistoryBulk',
  'metrics.getInterval',
  'metrics.getSeries',
  'loggedModels.get',
]

eachEngine('permissions of tracking', MODULES, (open) => {
  /** An experiment that is looked at, with everything in it, and one where the caller works. */
  async function bed(db: Awaited<ReturnType<typeof open>>) {
    const tracking = await openTracking(db)
    const { experiments, runs, loggedModels, metrics, here } = tracking
    const experimentId = await experiments.create(here, { name: 'looked-at' })
    await experiments.setTag(here, { experimentId, key: 'k', value: 'v' })
    const own = await experiments.create(here, { name: 'own' })
    const { info } = await runs.create(here, { experimentId })
    const { runId } = info
    const { info: ownRun } = await runs.create(here, { experimentId: own })
    await runs.setTag(here, { runId, key: 'k', value: 'v' })
    const { modelId } = await loggedModels.create(here, { experimentId, sourceRunId: runId })
    await loggedModels.setTags(here, { modelId, tags: [{ key: 'k', value: 'v' }] })
    const point = { key: 'm', value: 1, timestamp: 1, step: 0 }
    await metrics.log(here, { runId, ...point })
    const json = JSON.stringify({
      run_id: runId,
      artifact_path: 'm',
      utc_time_created: 'now',
      model_uuid: 'x',
      flavors: {},
    })
    const batch = { metrics: [], params: [], tags: [] }

    /** A call of every verb that changes one thing, with the permission that it needs there. */
    const calls: Record<string, [Permission, (caller: Caller) => Promise<unknown>]> = {
      'experiments.rename': [
        'experiment.write',
        (c) => experiments.rename(c, { experimentId, newName: 'x' }),
      ],
      'experiments.setTag': [
        'experiment.write',
        (c) => experiments.setTag(c, { experimentId, key: 'k', value: 'w' }),
      ],
      'experiments.deleteTag': [
        'experiment.write',
        (c) => experiments.deleteTag(c, { experimentId, key: 'k' }),
      ],
      'experiments.delete': ['experiment.delete', (c) => experiments.delete(c, { experimentId })],
      'experiments.restore': ['experiment.delete', (c) => experiments.restore(c, { experimentId })],
      'experiments.remove': ['experiment.delete', (c) => experiments.remove(c, { experimentId })],
      'runs.create': ['run.write', (c) => runs.create(c, { experimentId })],
      'runs.update': ['run.write', (c) => runs.update(c, { runId, status: 'FAILED' })],
      'runs.delete': ['run.delete', (c) => runs.delete(c, { runId })],
      'runs.restore': ['run.delete', (c) => runs.restore(c, { runId })],
      'runs.remove': ['run.delete', (c) => runs.remove(c, { runId })],
      'runs.move': ['run.write', (c) => runs.move(c, { runIds: [runId], experimentId: own })],
      'runs.move into': ['run.write', (c) => runs.move(c, { runIds: [ownRun.runId], experimentId })],
      'runs.logBatch': ['run.write', (c) => runs.logBatch(c, { runId, ...batch })],
      'runs.logParam': ['run.write', (c) => runs.logParam(c, { runId, key: 'p', value: '1' })],
      'runs.setTag': ['run.write', (c) => runs.setTag(c, { runId, key: 'k', value: 'w' })],
      'runs.deleteTag': ['run.write', (c) => runs.deleteTag(c, { runId, key: 'k' })],
      'metrics.log': ['run.write', (c) => metrics.log(c, { runId, ...point, step: 1 })],
      'metrics.remove': ['run.delete', (c) => metrics.remove(c, { runId, key: 'm' })],
      'inputs.logInputs': [
        'run.write',
        (c) => tracking.inputs.logInputs(c, { runId, datasets: [], models: [] }),
      ],
      'inputs.logOutputs': ['run.write', (c) => tracking.inputs.logOutputs(c, { runId, models: [] })],
      'inputs.recordModel': ['run.write', (c) => tracking.inputs.recordModel(c, { runId, modelJson: json })],
      'loggedModels.create': ['run.write', (c) => loggedModels.create(c, { experimentId })],
      'loggedModels.finalize': ['run.write', (c) => loggedModels.finalize(c, { modelId, status: 'READY' })],
      'loggedModels.logParams': ['run.write', (c) => loggedModels.logParams(c, { modelId, params: [] })],
      'loggedModels.setTags': ['run.write', (c) => loggedModels.setTags(c, { modelId, tags: [] })],
      'loggedModels.deleteTag': ['run.write', (c) => loggedModels.deleteTag(c, { modelId, key: 'k' })],
      'loggedModels.delete': ['run.delete', (c) => loggedModels.delete(c, { modelId })],
    }
    const keys = await db.read
      .tables<{ experiments: { experiment_key: number; name: string } }>()
      .selectFrom('experiments')
      .select(['experiment_key', 'name'])
      .execute()
    const keyOf = (name: string) => keys.find((row) => row.name === name)!.experiment_key
    return { ...tracking, calls, experimentId, runId, modelId, ownRun, point, keyOf }
  }

  test('every verb that changes a thing asks for that thing', async () => {
    await using db = await open()
    const { here, calls, keyOf, eventTypes, ...tracking } = await bed(db)
    const nouns = ['experiments', 'runs', 'metrics', 'inputs', 'loggedModels'] as const
    const verbs = nouns.flatMap((noun) => Object.keys(tracking[noun]).map((verb) => `${noun}.${verb}`))
    const called = Object.keys(calls).map((call) => call.split(' ')[0]!)
    assert.deepEqual([...new Set([...called, ...NOT_ON_ONE_THING])].sort(), verbs.sort())

    const lookedAt = keyOf('looked-at')
    const before = await eventTypes()
    for (const [name, [permission, call]] of Object.entries(calls)) {
      // He may do it elsewhere, and everything else here: only the right question refuses him.
      const lacking: Caller = {
        ...here,
        may: (asked, on) => asked !== permission || on === SOMEWHERE || (on !== undefined && on !== lookedAt),
      }
      await assert.rejects(call(lacking), DENIED, name)
      const blind: Caller = { ...lacking, readable: () => ({ kind: 'all-except', keys: [lookedAt] }) }
      await assert.rejects(call(blind), ABSENT, name)
      const archived: Caller = { ...here, workspace: { ...here.workspace, archived: true } }
      await assert.rejects(call(archived), { code: 'INVALID_STATE' }, name)
    }
    assert.deepEqual(await eventTypes(), before)
  })

  test('who has the one permission gets as far as anybody', async () => {
    await using db = await open()
    const { here, calls } = await bed(db)
    // Those that need the thing deleted come to that question, and not to the one before it.
    const later = ['experiments.restore', 'experiments.remove', 'runs.remove']
    for (const [name, [permission, call]] of Object.entries(calls)) {
      if (['experiments.delete', 'runs.delete', 'runs.move', 'loggedModels.delete'].includes(name)) continue
      const able: Caller = { ...here, may: (asked) => asked === permission }
      const outcome = await call(able).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (outcome === undefined) continue
      assert.ok(later.includes(name) && outcome instanceof Problem, `${name}: ${outcome}`)
      assert.notEqual(outcome.code, 'PERMISSION_DENIED', name)
    }
  })

  test('a metric of a logged model needs the right to write to its experiment', async () => {
    await using db = await open()
    const { here, metrics, modelId, ownRun, point, keyOf } = await bed(db)
    const lacking: Caller = { ...here, may: (_, on) => on !== keyOf('looked-at') }
    const measured = { runId: ownRun.runId, ...point, modelId }
    await assert.rejects(metrics.log(lacking, measured), DENIED)
    await metrics.log(here, measured)
  })

  test('a confined credential reaches its runs only', async () => {
    await using db = await open()
    const { here, runs, metrics, loggedModels, runId, modelId, ownRun, point, experimentId } = await bed(db)
    const row = await db.read
      .tables<{ runs: { run_key: number; run_id: string } }>()
      .selectFrom('runs')
      .select('run_key')
      .where('run_id', '=', ownRun.runId)
      .executeTakeFirstOrThrow()
    const confinement = { runs: new Set([row.run_key]), refusal: 'Get a new one.' }
    const expired: Caller = { ...here, credential: { kind: 'tracking', key: 1 }, confinement }
    const mine = { runId: ownRun.runId }

    await metrics.log(expired, { ...mine, ...point })
    await runs.setTag(expired, { ...mine, key: 'a', value: 'b' })
    assert.equal((await runs.get(expired, mine)).info.runId, ownRun.runId)
    assert.equal((await metrics.getHistory(expired, { ...mine, key: 'm' })).points.length, 1)
    const model = await loggedModels.create(expired, { ...ownRun, sourceRunId: ownRun.runId })
    await loggedModels.finalize(expired, { modelId: model.modelId, status: 'READY' })
    await metrics.log(expired, { ...mine, ...point, step: 2, modelId })

    for (const call of [
      () => metrics.log(expired, { runId, ...point }),
      () => runs.get(expired, { runId }),
      () => runs.delete(expired, { runId }),
      () => metrics.getHistory(expired, { runId, key: 'm' }),
      () => metrics.getHistory(expired, { runId: 'nobody', key: 'm' }),
      () => loggedModels.get(expired, { modelId }),
      () => loggedModels.finalize(expired, { modelId, status: 'READY' }),
      () => loggedModels.create(expired, { experimentId }),
      () => loggedModels.create(expired, { experimentId, sourceRunId: runId }),
      () => runs.create(expired, { experimentId }),
      () =>
        runs.create(expired, { experimentId, tags: [{ key: 'mlflow.parentRunId', value: ownRun.runId }] }),
    ]) {
      await assert.rejects(call, UNAUTHENTICATED, String(call))
    }

    const ofJob: Caller = { ...expired, credential: { kind: 'run', key: 1 } }
    const below = (parent: string) => [{ key: 'mlflow.parentRunId', value: parent }]
    await runs.create(ofJob, { experimentId, tags: below(ownRun.runId) })
    await assert.rejects(runs.create(ofJob, { experimentId, tags: below(runId) }), UNAUTHENTICATED)
    await assert.rejects(runs.create(ofJob, { experimentId, tags: below('nobody') }), UNAUTHENTICATED)
    await assert.rejects(runs.create(ofJob, { experimentId }), UNAUTHENTICATED)
  })

  test('whoever makes a thing is told of, in the transaction, and nobody for what failed', async () => {
    await using db = await open()
    const told: string[] = []
    let refuse = false
    const note = (what: string) => {
      if (refuse) throw new Error('no')
      told.push(what)
    }
    const { experiments, runs, here, eventTypes } = await openTracking(db, {
      created: async (_, { workspace }, { kind, key }) => note(`created ${workspace.name} ${kind} ${key}`),
      removed: async (_, { workspace }, { kind, key }) => note(`removed ${workspace.name} ${kind} ${key}`),
      runCreated: async () => note('run created'),
    })
    assert.deepEqual(told, [])
    const id = await experiments.create(here, { name: 'wine' })
    await assert.rejects(experiments.create(here, { name: 'wine' }))
    await runs.create(here, { experimentId: id })
    await experiments.delete(here, { experimentId: id })
    await experiments.remove(here, { experimentId: id })
    assert.deepEqual(told, [
      `created default experiment ${id}`,
      'run created',
      `removed default experiment ${id}`,
    ])
    const before = await eventTypes()
    refuse = true
    await assert.rejects(experiments.create(here, { name: 'beer' }), /no/)
    await assert.rejects(runs.create(here, {}), /no/)
    refuse = false
    assert.deepEqual(await eventTypes(), before)
    await experiments.create(here, { name: 'beer' })
  })
})
