import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]
const INVALID = { code: 'INVALID_PARAMETER_VALUE' }

eachEngine('search for datasets', MODULES, (open) => {
  test('each dataset is listed once for each use of it, to those who may see it', async () => {
    await using db = await open()
    const { runs, inputs, search, here, elsewhere } = await openTracking(db)
    const use = async (name: string, context?: string) => {
      const { info } = await runs.create(here, {})
      const dataset = { name, digest: 'd', sourceType: 'local', source: '{}', schema: null, profile: null }
      const tags = context === undefined ? [] : [{ key: 'mlflow.data.context', value: context }]
      await inputs.logInputs(here, { runId: info.runId, datasets: [{ dataset, tags }], models: [] })
    }
    for (const context of ['training', 'training', 'eval']) await use('wine', context)
    await use('iris')
    const experimentIds = ['0']
    assert.deepEqual(await search.datasets(here, { experimentIds }), [
      { experimentId: '0', name: 'iris', digest: 'd', context: null },
      { experimentId: '0', name: 'wine', digest: 'd', context: 'eval' },
      { experimentId: '0', name: 'wine', digest: 'd', context: 'training' },
    ])
    assert.deepEqual(await search.datasets(elsewhere, { experimentIds }), [])
    const reader = { ...here, readable: () => ({ kind: 'only', keys: [] }) as const }
    assert.deepEqual(await search.datasets(reader, { experimentIds }), [])
  })

  test('1 to 20 experiments may be named', async () => {
    await using db = await open()
    const { search, here } = await openTracking(db)
    await assert.rejects(search.datasets(here, { experimentIds: [] }), INVALID)
    await assert.rejects(search.datasets(here, { experimentIds: Array(21).fill('0') }), INVALID)
  })
})
