import { type Caller, invalid, Problem } from '@orrery/base/kernel'
import type { BulkInsert, Tx, Value } from '@orrery/drivers/db'
import type { CheckedMetric } from '../metrics/metric-input.ts'
import { positionOf } from '../metrics/point.ts'
import { findMeasuredModel } from './find-logged-model.ts'

const addMetrics: BulkInsert = {
  table: 'logged_model_metrics',
  columns: {
    model_key: 'int',
    key: 'text',
    timestamp: 'int',
    step: 'int',
    run_id: 'text',
    value: 'real',
    nan: 'int',
    dataset_name: 'text',
    dataset_digest: 'text',
  },
  key: ['model_key', 'key', 'timestamp', 'step', 'run_id', 'dataset_name', 'dataset_digest', 'value', 'nan'],
  onClash: 'ignore',
}

/** PostgreSQL takes index rows of up to 2,704 bytes; 80 of them are the numbers and the row's header. */
const KEY_LIMIT_BYTES = 2_600

/**
 * Keeps the points that carry a `modelId` with their models: exact duplicates collapse. The models may be deleted
 * or of another experiment, as in MLflow.
 *
 * @throws BAD_REQUEST for a model that is not there, which is MLflow's code for it
 */
export async function logModelMetrics(
  tx: Tx,
  caller: Caller,
  runId: string,
  points: readonly CheckedMetric[],
): Promise<void> {
  const keys = new Map<string, number>()
  const rows: Value[][] = []
  for (const point of points) {
    if (!point.modelId) continue
    let model = keys.get(point.modelId)
    if (model === undefined) {
      model = await keyOf(tx, caller, point.modelId)
      keys.set(point.modelId, model)
    }
    rows.push(asRow(model, runId, point))
  }
  if (rows.length > 0) await tx.bulk(addMetrics, rows)
}

async function keyOf(tx: Tx, caller: Caller, modelId: string): Promise<number> {
  try {
    return (await findMeasuredModel(tx, caller, modelId)).key
  } catch (cause) {
    if (!(cause instanceof Problem && cause.code === 'RESOURCE_DOES_NOT_EXIST')) throw cause
    throw new Problem('BAD_REQUEST', cause.message, {
      cause,
      hint: 'Log the metric without model_id, or create the model first. Nothing of this call was written.',
    })
  }
}

function asRow(model: number, runId: string, point: CheckedMetric): Value[] {
  const { key, timestamp, step, datasetName = '', datasetDigest = '' } = point
  const units = key.length + runId.length + datasetName.length + datasetDigest.length
  // A UTF-16 unit is at most three bytes of UTF-8, so short keys need no counting.
  if (units * 3 > KEY_LIMIT_BYTES) checkKeyBytes(key + runId + datasetName + datasetDigest)
  const [, , value, nan] = positionOf(point)
  return [model, key, timestamp, step, runId, value, nan, datasetName, datasetDigest]
}

function checkKeyBytes(texts: string): void {
  const bytes = Buffer.byteLength(texts)
  if (bytes <= KEY_LIMIT_BYTES) return
  throw invalid(
    `The names of metric, run, dataset and digest have ${bytes} bytes together; at most ${KEY_LIMIT_BYTES} fit.`,
    'Shorten the name of the dataset.',
  )
}
