import { type BulkInsert, statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { Dataset } from '../runs/run.ts'
import type { TrackingTables } from '../tracking-tables.ts'

const newDatasets: BulkInsert = {
  table: 'datasets',
  columns: {
    experiment_key: 'int',
    name: 'text',
    digest: 'text',
    source_type: 'text',
    source: 'text',
    schema: 'text',
    profile: 'text',
  },
  key: ['experiment_key', 'name', 'digest'],
  onClash: 'ignore',
}

const datasetKeys = statement(
  'tracking.dataset-keys',
  (k: Kysely<TrackingTables>, p: { experiment: number; names: readonly string[] }, words) =>
    k
      .selectFrom('datasets')
      .select(['dataset_key as key', 'name', 'digest'])
      .where('experiment_key', '=', p.experiment)
      .where(words.among(sql.ref('name'), p.names)),
)

/** The columns of a `Dataset` with its key, from `datasets`. */
export const DATASET_COLUMNS = [
  'datasets.dataset_key as key',
  'datasets.name as name',
  'datasets.digest as digest',
  'datasets.source_type as sourceType',
  'datasets.source as source',
  'datasets.schema as schema',
  'datasets.profile as profile',
] as const

/** What makes a dataset the same as another one of its experiment. */
export const datasetId = ({ name, digest }: Pick<Dataset, 'name' | 'digest'>) =>
  JSON.stringify([name, digest])

/** The keys of these datasets of an experiment, by `datasetId`; made where they are missing. */
export async function takeDatasets(
  tx: Tx,
  experiment: number,
  datasets: readonly Dataset[],
): Promise<ReadonlyMap<string, number>> {
  await tx.bulk(
    newDatasets,
    datasets.map((d) => [experiment, d.name, d.digest, d.sourceType, d.source, d.schema, d.profile]),
  )
  const names = Array.from(new Set(datasets.map((dataset) => dataset.name)))
  const rows = await tx.all(datasetKeys, { experiment, names })
  return new Map(rows.map((row) => [datasetId(row), row.key]))
}
