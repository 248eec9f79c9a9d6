import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import { consumingRuns } from './consuming-runs.ts'

eachEngine('runs that used a model', [eventsMigrations, accessMigrations, trackingMigrations], (open) => {
  test('are those that named it as an input, in the workspace and readable', async () => {
    await using db = await open()
    const { runs, inputs, here, elsewhere } = await openTracking(db)
    const runIds: string[] = []
    for (const caller of [here, here, here, elsewhere]) {
      const { info } = await runs.create(caller, { experimentId: '0' })
      runIds.push(info.runId)
    }
    const [first, second, maker, foreign] = runIds as [string, string, string, string]
    for (const runId of [second, first]) {
      await inputs.logInputs(here, { runId, datasets: [], models: ['m-1'] })
    }
    await inputs.logOutputs(here, { runId: maker, models: [{ modelId: 'm-1', step: 0 }] })
    await inputs.logInputs(elsewhere, { runId: foreign, datasets: [], models: ['m-1'] })
    assert.deepEqual(await consumingRuns(db.read, here, 'm-1', 10), [first, second])
    assert.deepEqual(await consumingRuns(db.read, here, 'm-1', 1), [first])
    assert.deepEqual(await consumingRuns(db.read, here, 'm-2', 10), [])
    assert.deepEqual(await consumingRuns(db.read, elsewhere, 'm-1', 10), [foreign])
    const blind = { ...here, readable: () => ({ kind: 'only', keys: [] }) as const }
    assert.deepEqual(await consumingRuns(db.read, blind, 'm-1', 10), [])
  })
})
