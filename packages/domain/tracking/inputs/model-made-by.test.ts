import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import { modelMadeBy } from './model-made-by.ts'

eachEngine('models that a run made', [eventsMigrations, accessMigrations, trackingMigrations], (open) => {
  test('are found by name, the last one first, in the workspace and readable', async () => {
    await using db = await open()
    const { runs, inputs, loggedModels, here, elsewhere } = await openTracking(db)
    const { runId } = (await runs.create(here, { experimentId: '0' })).info
    const made: string[] = []
    for (const [step, name] of ['model', 'model', 'other', 'model'].entries()) {
      const { modelId } = await loggedModels.create(here, { experimentId: '0', name })
      await inputs.logOutputs(here, { runId, models: [{ modelId, step }] })
      made.push(modelId)
    }
    const [, second, other, last] = made as [string, string, string, string]
    await inputs.logInputs(here, { runId, datasets: [], models: [other] })
    assert.equal(await modelMadeBy(db.read, here, { runId, name: 'model' }), last)
    await loggedModels.delete(here, { modelId: last })
    assert.equal(await modelMadeBy(db.read, here, { runId, name: 'model' }), second)
    assert.equal(await modelMadeBy(db.read, here, { runId, name: 'nobody' }), undefined)
    assert.equal(await modelMadeBy(db.read, elsewhere, { runId, name: 'model' }), undefined)
    const blind = { ...here, readable: () => ({ kind: 'only', keys: [] }) as const }
    assert.equal(await modelMadeBy(db.read, blind, { runId, name: 'model' }), undefined)
  })
})
