import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import { DATASET_COLUMNS, datasetId, takeDatasets } from './take-datasets.ts'

const datasetsOfRun = statement('tracking.datasets-of-run', (k: Kysely<TrackingTables>, p: { run: number }) =>
  k
    .selectFrom('run_datasets')
    .innerJoin('datasets', 'datasets.dataset_key', 'run_datasets.dataset_key')
    .select(DATASET_COLUMNS)
    .where('run_datasets.run_key', '=', p.run),
)

type Relink = { run: number; from: number; to: number }

const relink = statement('tracking.relink-dataset', (k: Kysely<TrackingTables>, p: Relink) =>
  k
    .updateTable('run_datasets')
    .set({ dataset_key: p.to })
    .where('run_key', '=', p.run)
    .where('dataset_key', '=', p.from),
)

const relinkTags = statement('tracking.relink-dataset-tags', (k: Kysely<TrackingTables>, p: Relink) =>
  k
    .updateTable('run_dataset_tags')
    .set({ dataset_key: p.to })
    .where('run_key', '=', p.run)
    .where('dataset_key', '=', p.from),
)

/**
 * Lets a run that moves to another experiment use that experiment's datasets, made there where they are missing:
 * its own would go with the experiment that it leaves.
 */
export async function moveDatasets(tx: Tx, run: number, toExperiment: number): Promise<void> {
  const datasets = await tx.all(datasetsOfRun, { run })
  if (datasets.length === 0) return
  const keys = await takeDatasets(tx, toExperiment, datasets)
  for (const { key: from, ...dataset } of datasets) {
    const move = { run, from, to: keys.get(datasetId(dataset))! }
    await tx.run(relink, move)
    await tx.run(relinkTags, move)
  }
}
