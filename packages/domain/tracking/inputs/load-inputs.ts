import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { DatasetInput, Run } from '../runs/run.ts'
import type { TrackingTables } from '../tracking-tables.ts'

/** What a run used and what it made. */
export type RunInputs = Pick<Run, 'datasetInputs' | 'modelInputs' | 'modelOutputs'>

interface Runs {
  readonly runs: readonly number[]
}

const datasetsOf = statement('tracking.run-datasets', (k: Kysely<TrackingTables>, p: Runs, words) =>
  k
    .selectFrom('run_datasets')
    .innerJoin('datasets', 'datasets.dataset_key', 'run_datasets.dataset_key')
    .select([
      'run_datasets.run_key as run',
      'run_datasets.dataset_key as key',
      'datasets.name as name',
      'datasets.digest as digest',
      'datasets.source_type as sourceType',
      'datasets.source as source',
      'datasets.schema as schema',
      'datasets.profile as profile',
    ])
    .where(words.among(sql.ref('run_datasets.run_key'), p.runs))
    .orderBy('run_datasets.run_key')
    .orderBy('run_datasets.dataset_key'),
)

const datasetTagsOf = statement('tracking.run-dataset-tags', (k: Kysely<TrackingTables>, p: Runs, words) =>
  k
    .selectFrom('run_dataset_tags')
    .select(['run_key as run', 'dataset_key as dataset', 'key', 'value'])
    .where(words.among(sql.ref('run_key'), p.runs))
    .orderBy('run_key')
    .orderBy('dataset_key')
    .orderBy('key'),
)

const modelsOf = statement('tracking.run-models', (k: Kysely<TrackingTables>, p: Runs, words) =>
  k
    .selectFrom('run_models')
    .select(['run_key as run', 'direction', 'model_id as modelId', 'step'])
    .where(words.among(sql.ref('run_key'), p.runs))
    .orderBy('run_key')
    .orderBy('model_id'),
)

/**
 * Inputs and outputs of runs, by the runs' keys: datasets in the order in which their experiment learnt of them,
 * their tags by key, models by id. Runs with neither have no entry.
 */
export async function loadInputs(reads: Reads, runs: readonly number[]): Promise<Map<number, RunInputs>> {
  if (runs.length === 0) return new Map()
  const datasets = await loadDatasets(reads, runs)
  const models = Map.groupBy(await reads.all(modelsOf, { runs }), (row) => row.run)
  const found = new Map<number, RunInputs>()
  for (const run of new Set([...datasets.keys(), ...models.keys()])) {
    const { input = [], output = [] } = Object.groupBy(models.get(run) ?? [], (link) => link.direction)
    found.set(run, {
      datasetInputs: datasets.get(run) ?? [],
      modelInputs: input.map((link) => link.modelId),
      modelOutputs: output.map(({ modelId, step }) => ({ modelId, step })),
    })
  }
  return found
}

async function loadDatasets(reads: Reads, runs: readonly number[]): Promise<Map<number, DatasetInput[]>> {
  const found = new Map<number, DatasetInput[]>()
  const rows = await reads.all(datasetsOf, { runs })
  if (rows.length === 0) return found
  const tags = Map.groupBy(await reads.all(datasetTagsOf, { runs }), (tag) => `${tag.run} ${tag.dataset}`)
  for (const { run, key: dataset, ...description } of rows) {
    const own = (tags.get(`${run} ${dataset}`) ?? []).map(({ key, value }) => ({ key, value }))
    const inputs = found.get(run)
    if (inputs === undefined) found.set(run, [{ dataset: description, tags: own }])
    else inputs.push({ dataset: description, tags: own })
  }
  return found
}
