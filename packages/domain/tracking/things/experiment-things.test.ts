import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { trackingMigrations } from '../index.ts'
import { openTracking } from '../testing/open-tracking.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { experimentNames, findExperimentKey, runningRuns } from './experiment-things.ts'

eachEngine('experiments in grants', [eventsMigrations, accessMigrations, trackingMigrations], (open) => {
  test('ids are found and named in their workspace only', async () => {
    await using db = await open()
    const { experiments, here, elsewhere } = await openTracking(db)
    const id = await experiments.create(here, { name: 'wine' })
    const key = await findExperimentKey(db.read, here.workspace.key, ` 0${id}`)
    assert.equal(String(key), id)
    assert.equal(await findExperimentKey(db.read, elsewhere.workspace.key, id), undefined)
    for (const nobody of ['999', 'wine', '']) {
      const found = await findExperimentKey(db.read, here.workspace.key, nobody)
      if (nobody !== '') assert.equal(found, undefined)
    }
    const asked = [key!, 999]
    assert.deepEqual([...(await experimentNames(db.read, here.workspace.key, asked))], [[key, id]])
    assert.deepEqual([...(await experimentNames(db.read, elsewhere.workspace.key, asked))], [])
    assert.deepEqual([...(await experimentNames(db.read, here.workspace.key, []))], [])
  })

  test('runs are running until they end', async () => {
    await using db = await open()
    const { runs, here } = await openTracking(db)
    const made = []
    for (const status of ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const) {
      const { info } = await runs.create(here, {})
      await runs.update(here, { runId: info.runId, status })
      made.push(info.runId)
    }
    const rows = await db.read
      .tables<TrackingTables>()
      .selectFrom('runs')
      .select(['run_key as key', 'run_id as runId'])
      .execute()
    const keyOf = (runId: string) => rows.find((row) => row.runId === runId)!.key
    const running = await runningRuns(db.read, [...made.map(keyOf), 999])
    assert.deepEqual(running.toSorted(), made.slice(0, 2).map(keyOf).sort())
    assert.deepEqual(await runningRuns(db.read, []), [])
  })

  test('a run that is deleted is not running, nor is one of a deleted experiment, until it is restored', async () => {
    await using db = await open()
    const { experiments, runs, here } = await openTracking(db)
    const experimentId = await experiments.create(here, { name: 'wine' })
    const { info } = await runs.create(here, { experimentId })
    const { runId } = info
    const tables = db.read.tables<TrackingTables>()
    const { key } = await tables.selectFrom('runs').select('run_key as key').executeTakeFirstOrThrow()
    const isRunning = async () => (await runningRuns(db.read, [key])).includes(key)
    assert.equal(await isRunning(), true)
    await runs.delete(here, { runId })
    assert.equal(await isRunning(), false)
    await runs.restore(here, { runId })
    assert.equal(await isRunning(), true)
    await experiments.delete(here, { experimentId })
    assert.equal(await isRunning(), false)
    await experiments.restore(here, { experimentId })
    assert.equal(await isRunning(), true)
  })
})
