import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import { storedValue } from '../metrics/point.ts'
import type { KeyValue } from '../runs/run.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import type { FoundLoggedModel } from './find-logged-model.ts'
import type { LoggedModel, LoggedModelMetric } from './logged-model.ts'

interface Models {
  readonly models: readonly number[]
}

const paramsOf = statement('tracking.logged-model-params', (k: Kysely<TrackingTables>, p: Models, words) =>
  k
    .selectFrom('logged_model_params')
    .select(['model_key as model', 'key', 'value'])
    .where(words.among(sql.ref('model_key'), p.models))
    .orderBy('model_key')
    .orderBy('key'),
)

const tagsOf = statement('tracking.logged-model-tags', (k: Kysely<TrackingTables>, p: Models, words) =>
  k
    .selectFrom('logged_model_tags')
    .select(['model_key as model', 'key', 'value'])
    .where(words.among(sql.ref('model_key'), p.models))
    .orderBy('model_key')
    .orderBy('key'),
)

const metricsOf = statement('tracking.logged-model-metrics', (k: Kysely<TrackingTables>, p: Models, words) =>
  k
    .selectFrom('logged_model_metrics')
    .select([
      'model_key as model',
      'key',
      'value',
      'nan',
      'timestamp',
      'step',
      'run_id as runId',
      'dataset_name as datasetName',
      'dataset_digest as datasetDigest',
    ])
    .where(words.among(sql.ref('model_key'), p.models))
    .orderBy('model_key')
    .orderBy('key')
    .orderBy('timestamp')
    .orderBy('step')
    .orderBy('run_id')
    .orderBy('dataset_name')
    .orderBy('dataset_digest')
    .orderBy('value'),
)

/**
 * Models with their params and tags by key and their metrics by key, time and step; in the order of `found`.
 * A model may have any number of metrics, so ask this where scanning is allowed.
 */
export async function loadLoggedModels(
  reads: Reads,
  found: readonly FoundLoggedModel[],
): Promise<LoggedModel[]> {
  if (found.length === 0) return []
  const models = found.map((model) => model.key)
  const params = Map.groupBy(await reads.all(paramsOf, { models }), (row) => row.model)
  const tags = Map.groupBy(await reads.all(tagsOf, { models }), (row) => row.model)
  const metrics = Map.groupBy(await reads.all(metricsOf, { models }), (row) => row.model)
  return found.map(({ key, experimentKey: _, ...model }) => ({
    ...model,
    params: (params.get(key) ?? []).map(asKeyValue),
    tags: (tags.get(key) ?? []).map(asKeyValue),
    metrics: (metrics.get(key) ?? []).map(asMetric),
  }))
}

const asKeyValue = ({ key, value }: KeyValue): KeyValue => ({ key, value })

function asMetric(row: LoggedModelMetric & { nan: number }): LoggedModelMetric {
  const { key, timestamp, step, runId, datasetName, datasetDigest } = row
  return { key, value: storedValue(row), timestamp, step, runId, datasetName, datasetDigest }
}
