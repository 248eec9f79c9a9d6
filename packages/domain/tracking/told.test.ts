import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Change, Problem } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../access/index.ts'
import { eventsMigrations } from '../events/index.ts'
import { type ChangePolicy, NOTHING_METERED, NOTHING_OWNED, trackingMigrations } from './index.ts'
import { openTracking } from './testing/open-tracking.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]

/** A policy that remembers what it is asked, and refuses if it is told to. */
function watching() {
  const asked: Change[] = []
  let isRefusing = false
  const policy: ChangePolicy = {
    async ask(_tx, _caller, change) {
      asked.push(change)
      if (isRefusing) throw new Problem('INVALID_STATE', 'It is held.')
    },
  }
  return {
    policy,
    asked,
    refuse: () => {
      isRefusing = true
    },
  }
}

const openWatched = (db: Database, policy: ChangePolicy) =>
  openTracking(db, NOTHING_OWNED, NOTHING_METERED, policy)

eachEngine('what tracking tells', MODULES, (open) => {
  test('says on which experiment it is decided who may see it', async () => {
    await using db = await open()
    const { experiments, runs, loggedModels, events, here } = await openTracking(db)
    const experimentId = await experiments.create(here, { name: 'churn' })
    const { info } = await runs.create(here, { experimentId })
    const { modelId } = await loggedModels.create(here, { experimentId, sourceRunId: info.runId })
    await runs.update(here, { runId: info.runId, status: 'FINISHED', endTime: 5 })
    await runs.move(here, { runIds: [info.runId], experimentId: '0' })
    await runs.setTag(here, { runId: info.runId, key: 'a', value: 'b' })
    const told = await events()
    const [first] = told
    const key = first!.on
    assert.deepEqual(
      told.map(({ type, subject, on }) => [type, subject, on === key]),
      [
        ['experiment.created', `experiments/${experimentId}`, true],
        ['run.created', `runs/${info.runId}`, true],
        ['logged-model.created', `logged-models/${modelId}`, true],
        ['run.completed', `runs/${info.runId}`, true],
        ['run.moved', `runs/${info.runId}`, false],
        ['run.tags-set', `runs/${info.runId}`, false],
      ],
    )
    assert.equal(told[4]!.on, told[5]!.on)
    assert.deepEqual(told[2]!.also, [`runs/${info.runId}`])
    assert.deepEqual(told[4]!.also, [`experiments/${experimentId}`])
    assert.equal(told[3]!.after?.experimentId, experimentId)
  })

  test('names the models that a run reads and makes', async () => {
    await using db = await open()
    const { runs, inputs, events, here } = await openTracking(db)
    const { info } = await runs.create(here, {})
    const [read, made] = ['m-1', 'm-2']
    await inputs.logInputs(here, { runId: info.runId, datasets: [], models: [read] })
    await inputs.logOutputs(here, { runId: info.runId, models: [{ modelId: made, step: 3 }] })
    const told = (await events()).slice(1)
    assert.deepEqual(
      told.map(({ type, also }) => [type, also]),
      [
        ['run.inputs-logged', [`logged-models/${read}`]],
        ['run.outputs-logged', [`logged-models/${made}`]],
      ],
    )
  })

  test('asks the policy before it deletes, restores, removes or moves, and only where something changes', async () => {
    await using db = await open()
    const { policy, asked } = watching()
    const { experiments, runs, metrics, loggedModels, here } = await openWatched(db, policy)
    const experimentId = await experiments.create(here, { name: 'churn' })
    const { info } = await runs.create(here, { experimentId })
    const { runId } = info
    const { modelId } = await loggedModels.create(here, { experimentId })
    await metrics.log(here, { runId, key: 'loss', value: 1, timestamp: 1, step: 0 })
    const run = `runs/${runId}`
    const experiment = `experiments/${experimentId}`
    await metrics.remove(here, { runId, key: 'loss' })
    await assert.rejects(metrics.remove(here, { runId, key: 'loss' }))
    await loggedModels.delete(here, { modelId })
    await loggedModels.delete(here, { modelId })
    await runs.move(here, { runIds: [runId], experimentId })
    await runs.move(here, { runIds: [runId], experimentId: '0' })
    await runs.delete(here, { runId })
    await runs.delete(here, { runId })
    await runs.restore(here, { runId })
    await runs.restore(here, { runId })
    await runs.delete(here, { runId })
    await runs.remove(here, { runId })
    await experiments.delete(here, { experimentId })
    await experiments.restore(here, { experimentId })
    await experiments.delete(here, { experimentId })
    await experiments.remove(here, { experimentId })
    assert.deepEqual(asked, [
      { kind: 'remove', subject: run, held: [run, experiment] },
      { kind: 'delete', subject: `logged-models/${modelId}` },
      { kind: 'move', subject: run, held: [run, experiment] },
      { kind: 'delete', subject: run },
      { kind: 'restore', subject: run },
      { kind: 'delete', subject: run },
      { kind: 'remove', subject: run, held: [run, 'experiments/0'] },
      { kind: 'delete', subject: experiment },
      { kind: 'restore', subject: experiment },
      { kind: 'delete', subject: experiment },
      { kind: 'remove', subject: experiment, held: [experiment] },
    ])
  })

  test('what the policy refuses has not happened and is not told', async () => {
    await using db = await open()
    const { policy, refuse } = watching()
    const { experiments, runs, loggedModels, eventTypes, here } = await openWatched(db, policy)
    const experimentId = await experiments.create(here, { name: 'churn' })
    const { info } = await runs.create(here, { experimentId })
    const { modelId } = await loggedModels.create(here, { experimentId })
    const before = await eventTypes()
    refuse()
    const REFUSED = { code: 'INVALID_STATE', message: 'It is held.' }
    await assert.rejects(runs.delete(here, { runId: info.runId }), REFUSED)
    await assert.rejects(runs.move(here, { runIds: [info.runId], experimentId: '0' }), REFUSED)
    await assert.rejects(loggedModels.delete(here, { modelId }), REFUSED)
    await assert.rejects(experiments.delete(here, { experimentId }), REFUSED)
    assert.deepEqual(await eventTypes(), before)
    const { info: after } = await runs.get(here, { runId: info.runId })
    assert.deepEqual([after.lifecycle, after.experimentId], ['active', experimentId])
  })
})
