import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import { DATASET_COLUMNS } from '../inputs/take-datasets.ts'
import { storedValue } from '../metrics/point.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { lifecycleOf, selectRuns } from './find-run.ts'
import type { DatasetInput, KeyValue, LatestMetric, Run, RunInfo, RunStatus } from './run.ts'

type Tables = Kysely<TrackingTables>
type Keys = { keys: readonly number[] }

const infos = statement('tracking.run-infos', (k: Tables, p: Keys, words) =>
  selectRuns(k).where(words.among(sql.ref('runs.run_key'), p.keys)),
)

const metrics = statement('tracking.run-latest', (k: Tables, p: Keys, words) =>
  k
    .selectFrom('latest')
    .select(['run_key as run', 'key', 'value', 'nan', 'step', 'timestamp'])
    .where(words.among(sql.ref('run_key'), p.keys))
    .orderBy('run_key')
    .orderBy('key'),
)

const params = statement('tracking.run-params', (k: Tables, p: Keys, words) =>
  k
    .selectFrom('run_params')
    .select(['run_key as run', 'key', 'value'])
    .where(words.among(sql.ref('run_key'), p.keys))
    .orderBy('run_key')
    .orderBy('key'),
)

const tags = statement('tracking.run-tags', (k: Tables, p: Keys, words) =>
  k
    .selectFrom('run_tags')
    .select(['run_key as run', 'key', 'value'])
    .where(words.among(sql.ref('run_key'), p.keys))
    .orderBy('run_key')
    .orderBy('key'),
)

const datasets = statement('tracking.run-dataset-inputs', (k: Tables, p: Keys, words) =>
  k
    .selectFrom('run_datasets')
    .innerJoin('datasets', 'datasets.dataset_key', 'run_datasets.dataset_key')
    .select(['run_datasets.run_key as run', ...DATASET_COLUMNS])
    .where(words.among(sql.ref('run_datasets.run_key'), p.keys))
    .orderBy('run_datasets.run_key')
    .orderBy('run_datasets.dataset_key'),
)

const datasetTags = statement('tracking.run-dataset-input-tags', (k: Tables, p: Keys, words) =>
  k
    .selectFrom('run_dataset_tags')
    .select(['run_key as run', 'dataset_key as dataset', 'key', 'value'])
    .where(words.among(sql.ref('run_key'), p.keys))
    .orderBy('run_key')
    .orderBy('dataset_key')
    .orderBy('key'),
)

const models = statement('tracking.run-model-links', (k: Tables, p: Keys, words) =>
  k
    .selectFrom('run_models')
    .select(['run_key as run', 'direction', 'model_id as modelId', 'step'])
    .where(words.among(sql.ref('run_key'), p.keys))
    .orderBy('run_key')
    .orderBy('model_id'),
)

/** Runs asked for in one statement: few enough that taking over their rows never holds the loop for long. */
const CHUNK = 250

/** Whole runs in the order of their keys; a key that no run has is left out. */
export async function loadRuns(reads: Reads, keys: readonly number[]): Promise<Run[]> {
  const runs: Run[] = []
  for (let from = 0; from < keys.length; from += CHUNK) {
    for (const run of await loadChunk(reads, keys.slice(from, from + CHUNK))) runs.push(run)
  }
  return runs
}

async function loadChunk(reads: Reads, keys: readonly number[]): Promise<Run[]> {
  const [info, latest, param, tag, inputs, link] = await Promise.all([
    loadInfos(reads, keys),
    reads.all(metrics, { keys }),
    reads.all(params, { keys }),
    reads.all(tags, { keys }),
    loadDatasetInputs(reads, keys),
    reads.all(models, { keys }),
  ])
  const metricsOf = byRun(latest, toMetric)
  const paramsOf = byRun(param, toEntry)
  const tagsOf = byRun(tag, toEntry)
  const inputsOf = byRun(inputs, ({ input }) => input)
  const linksOf = byRun(link, (row) => row)
  return keys.flatMap((key) => {
    const of = info.get(key)
    if (of === undefined) return []
    const links = linksOf.get(key) ?? []
    return {
      info: of,
      metrics: metricsOf.get(key) ?? [],
      params: paramsOf.get(key) ?? [],
      tags: tagsOf.get(key) ?? [],
      datasetInputs: inputsOf.get(key) ?? [],
      modelInputs: links.flatMap(({ direction, modelId }) => (direction === 'input' ? modelId : [])),
      modelOutputs: links.flatMap(({ direction, modelId, step }) =>
        direction === 'output' ? { modelId, step } : [],
      ),
    }
  })
}

async function loadInfos(reads: Reads, keys: readonly number[]): Promise<Map<number, RunInfo>> {
  const rows = await reads.all(infos, { keys })
  return new Map(
    rows.map(({ key, experimentKey: _, experimentLifecycle, epoch, deletedEpoch, ...row }) => [
      key,
      {
        ...row,
        status: row.status as RunStatus,
        lifecycle: lifecycleOf({ experimentLifecycle, epoch, deletedEpoch }),
      },
    ]),
  )
}

async function loadDatasetInputs(
  reads: Reads,
  keys: readonly number[],
): Promise<{ run: number; input: DatasetInput }[]> {
  const rows = await reads.all(datasets, { keys })
  if (rows.length === 0) return []
  const tagsOf = new Map<string, KeyValue[]>()
  for (const row of await reads.all(datasetTags, { keys })) {
    push(tagsOf, `${row.run} ${row.dataset}`, toEntry(row))
  }
  return rows.map(({ run, key, ...dataset }) => ({
    run,
    input: { dataset, tags: tagsOf.get(`${run} ${key}`) ?? [] },
  }))
}

const toEntry = ({ key, value }: KeyValue): KeyValue => ({ key, value })

const toMetric = (row: { nan: number } & LatestMetric): LatestMetric => ({
  key: row.key,
  value: storedValue(row),
  timestamp: row.timestamp,
  step: row.step,
})

function byRun<Row extends { run: number }, Item>(rows: readonly Row[], item: (row: Row) => Item) {
  const groups = new Map<number, Item[]>()
  for (const row of rows) push(groups, row.run, item(row))
  return groups
}

function push<Key, Item>(groups: Map<Key, Item[]>, key: Key, item: Item): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, [item])
  else group.push(item)
}
