import { invalid } from '@orrery/base/kernel'
import { checkKey, checkLength } from '../entries.ts'
import { INPUT_LIMITS } from '../inputs/input-limits.ts'
import { LIMITS } from '../limits.ts'
import type { Point } from './point.ts'

/** A metric as it comes from outside. */
export interface MetricInput {
  readonly key?: string
  readonly value?: number
  /** Milliseconds since the epoch. */
  readonly timestamp?: number
  /** 0 if left out. */
  readonly step?: number
  /** The logged model that the value speaks of, with the dataset it was measured on. */
  readonly modelId?: string | undefined
  readonly datasetName?: string | undefined
  readonly datasetDigest?: string | undefined
}

/** A metric that was found right: everything is there. */
export type CheckedMetric = Point & Pick<MetricInput, 'modelId' | 'datasetName' | 'datasetDigest'>

/**
 * Checks metrics as MLflow does. A key is looked at once however often it comes.
 *
 * @param fieldOf names the n-th metric in messages, e.g. `metrics[3]`
 */
export function checkMetrics(
  metrics: readonly MetricInput[],
  fieldOf: (at: number) => string,
): CheckedMetric[] {
  const seen = new Set<string>()
  return metrics.map((metric, at) => {
    if (!metric.key) throw missingField(fieldOf(at), 'key')
    if (metric.value === undefined) throw missingField(fieldOf(at), 'value')
    if (metric.timestamp === undefined) throw missingField(fieldOf(at), 'timestamp')
    if (!seen.has(metric.key)) {
      checkKey(metric.key, join(fieldOf(at), 'name'))
      checkLength(metric.key, LIMITS.key, 'Metric name')
      seen.add(metric.key)
    }
    if (metric.timestamp < 0) {
      throw invalid(
        `Invalid value ${metric.timestamp} for parameter '${join(fieldOf(at), 'timestamp')}' supplied: metric '${metric.key}' (value=${metric.value}). Timestamp must be a nonnegative long (64-bit integer)`,
      )
    }
    if (metric.datasetName || metric.datasetDigest) checkDataset(metric, fieldOf(at))
    return metric.step === undefined ? { ...metric, step: 0 } : metric
  }) as CheckedMetric[]
}

/** Name and digest come together, whether or not the metric belongs to a model. */
function checkDataset({ datasetName = '', datasetDigest = '' }: MetricInput, field: string): void {
  if (datasetName === '' || datasetDigest === '') {
    const at = field === '' ? '' : `${field}: `
    throw invalid(`${at}Both dataset_name and dataset_digest must be provided if one is provided`)
  }
  checkLength(datasetName, INPUT_LIMITS.datasetName, 'dataset_name')
  checkLength(datasetDigest, INPUT_LIMITS.datasetDigest, 'dataset_digest')
}

const join = (field: string, part: string) => (field === '' ? part : `${field}.${part}`)

const missingField = (field: string, part: string) =>
  invalid(
    `Missing value for required parameter '${join(field, part)}'. See the API docs for more information about request parameters.`,
  )
