import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '@orrery/drivers/db/testing'
import { accessMigrations } from '../../access/index.ts'
import { eventsMigrations } from '../../events/index.ts'
import { findExperiment } from '../experiments/find-experiment.ts'
import { type DatasetInput, trackingMigrations } from '../index.ts'
import { takeActiveRun } from '../runs/find-run.ts'
import { openTracking } from '../testing/open-tracking.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { moveDatasets } from './move-datasets.ts'

const MODULES = [eventsMigrations, accessMigrations, trackingMigrations]

const datasetInput = (name: string, source: string, tags: DatasetInput['tags'] = []): DatasetInput => ({
  dataset: { name, digest: 'd', sourceType: 'local', source, schema: null, profile: null },
  tags,
})

eachEngine('datasets of a run that moves', MODULES, (open) => {
  test('are those of the experiment it moves to, made where they are missing; tags come along', async () => {
    await using db = await open()
    const { here, experiments, runs, inputs } = await openTracking(db)
    const target = await experiments.create(here, { name: 'target' })
    const { runId } = (await runs.create(here, {})).info
    const { runId: native } = (await runs.create(here, { experimentId: target })).info
    const tags = [{ key: 'mlflow.data.context', value: 'train' }]
    const log = (id: string, ...datasets: DatasetInput[]) =>
      inputs.logInputs(here, { runId: id, datasets, models: [] })
    await log(native, datasetInput('known', 'from the target'))
    await log(runId, datasetInput('known', 'from Default', tags), datasetInput('new', 'from Default', tags))

    for (const _ of ['once', 'and again']) {
      await db.inTx(async (tx) => {
        const run = await takeActiveRun(tx, here, runId, 'run.write')
        await moveDatasets(tx, run.key, (await findExperiment(tx, here, target)).key)
      })
    }

    const { datasetInputs } = await runs.get(here, { runId })
    assert.deepEqual(
      datasetInputs.toSorted((a, b) => (a.dataset.name < b.dataset.name ? -1 : 1)),
      [datasetInput('known', 'from the target', tags), datasetInput('new', 'from Default', tags)],
    )
    const rows = await db.read
      .tables<TrackingTables>()
      .selectFrom('run_datasets')
      .innerJoin('datasets', 'datasets.dataset_key', 'run_datasets.dataset_key')
      .innerJoin('experiments', 'experiments.experiment_key', 'datasets.experiment_key')
      .select('experiments.name')
      .distinct()
      .execute()
    assert.deepEqual(rows, [{ name: 'target' }])
  })
})
