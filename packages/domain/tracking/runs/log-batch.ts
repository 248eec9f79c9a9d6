import { type Caller, invalid } from '@orrery/base/kernel'
import type { TrackingDeps } from '../deps.ts'
import { asParam, asRunTag } from '../entries.ts'
import { LIMITS } from '../limits.ts'
import { logModelMetrics } from '../logged-models/log-model-metrics.ts'
import { checkMetrics, type MetricInput } from '../metrics/metric-input.ts'
import { writePoints } from '../metrics/write-points.ts'
import { checkRunId, takeActiveRun } from './find-run.ts'
import { writeParams } from './log-param.ts'
import type { KeyValue } from './run.ts'
import { writeTags } from './set-tag.ts'

interface Batch {
  readonly runId: string
  readonly metrics: readonly MetricInput[]
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
}

/**
 * Logs metrics, params and tags of one run. Everything is checked first and then written in one transaction:
 * where MLflow keeps the params of a batch whose tags it refuses, nothing of it is kept here.
 */
export function makeLogBatch({ db, emit }: TrackingDeps) {
  return async function logBatch(caller: Caller, input: Batch): Promise<void> {
    checkRunId(input.runId)
    const metrics = checkMetrics(input.metrics, (at) => `metrics[${at}]`)
    const params = input.params.map((param, at) => asParam(param, `params[${at}]`))
    const tags = input.tags.map((tag, at) => asRunTag(tag, `tags[${at}]`))
    checkCounts(input)
    checkParamsDiffer(params)
    await db.inTx(
      async (tx) => {
        const run = await takeActiveRun(tx, caller, input.runId, 'run.write')
        const fresh = await writeParams(tx, run, params)
        if (metrics.length > 0) await writePoints(tx, run, metrics)
        if (metrics.some((metric) => metric.modelId)) await logModelMetrics(tx, caller, input.runId, metrics)
        await writeTags(tx, run, tags)
        if (fresh.length === 0 && tags.length === 0) return
        await emit(tx, caller, {
          type: 'run.batch-logged',
          subject: `runs/${input.runId}`,
          on: run.experimentKey,
          after: { params: asRecord(fresh), tags: asRecord(tags) },
        })
      },
      { bytes: weigh(input) },
    )
  }
}

/** About how much memory a waiting batch holds, in bytes. */
function weigh({ metrics, params, tags }: Batch): number {
  let bytes = 1024 + 150 * metrics.length
  for (const { key, value } of params) bytes += 2 * (key.length + value.length)
  for (const { key, value } of tags) bytes += 2 * (key.length + value.length)
  return bytes
}

function checkCounts({ metrics, params, tags }: Batch): void {
  checkCount('metrics', metrics.length, LIMITS.metricsPerBatch)
  checkCount('params', params.length, LIMITS.paramsPerBatch)
  checkCount('tags', tags.length, LIMITS.tagsPerBatch)
  checkCount(
    'metrics, params, and tags',
    metrics.length + params.length + tags.length,
    LIMITS.entriesPerBatch,
  )
}

function checkCount(what: string, count: number, limit: number): void {
  if (count <= limit) return
  throw invalid(
    `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
  )
}

function checkParamsDiffer(params: readonly KeyValue[]): void {
  const seen = new Set<string>()
  for (const { key } of params) {
    if (seen.has(key)) {
      throw invalid(
        `Duplicate parameter keys have been submitted: ['${key}']. Please ensure the request contains only one param value per param key.`,
      )
    }
    seen.add(key)
  }
}

const asRecord = (entries: readonly KeyValue[]) =>
  Object.fromEntries(entries.map(({ key, value }) => [key, value]))
