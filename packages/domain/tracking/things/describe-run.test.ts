import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import { describeRun } from './describe-run.ts'

eachEngine('runs as events tell them', [eventsMigrations, accessMigrations, trackingMigrations], (open) => {
  test('a run is described as it is now, with its experiment and tags, in its workspace only', async () => {
    await using db = await open()
    const { experiments, runs, here, elsewhere } = await openTracking(db)
    const experimentId = await experiments.create(here, { name: 'wine' })
    const { info } = await runs.create(here, {
      experimentId,
      name: 'bold-ant-7',
      tags: [{ key: 'phase', value: 'final' }],
    })
    const { runId } = info
    await runs.update(here, { runId, status: 'FAILED' })
    const expected = {
      experimentId,
      experimentName: 'wine',
      status: 'FAILED',
      tags: { 'mlflow.runName': 'bold-ant-7', phase: 'final' },
    }
    assert.deepEqual(await describeRun(db.read, here.workspace.key, runId), expected)
    assert.equal(await describeRun(db.read, elsewhere.workspace.key, runId), undefined)
    assert.equal(await describeRun(db.read, here.workspace.key, 'nobody'), undefined)
    await runs.delete(here, { runId })
    await runs.remove(here, { runId })
    assert.equal(await describeRun(db.read, here.workspace.key, runId), undefined)
  })

  test('of very many tags the first hundred are told', async () => {
    await using db = await open()
    const { runs, here } = await openTracking(db)
    const { info } = await runs.create(here, {})
    for (const part of [0, 1, 2]) {
      const tags = Array.from({ length: 60 }, (_, i) => ({ key: `t${part}${i}`, value: 'v' }))
      await runs.logBatch(here, { runId: info.runId, metrics: [], params: [], tags })
    }
    const { tags } = (await describeRun(db.read, here.workspace.key, info.runId))!
    assert.equal(Object.keys(tags).length, 100)
  })
})
