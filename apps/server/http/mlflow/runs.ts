import { type entities, type fields, runRoutes } from '@orrery/base/contract'
import type { MetricInput, Tracking } from '@orrery/domain/tracking'
import { bind } from '../kit/index.ts'
import { keyValues, wireRun, wireRunInfo } from './wire-run.ts'

export function bindRuns({ runs, metrics, search }: Tracking) {
  return bind(runRoutes, {
    createRun: async (caller, input) => {
      const run = await runs.create(caller, {
        experimentId: input.experiment_id,
        userId: input.user_id,
        name: input.run_name,
        startTime: input.start_time,
        tags: keyValues(input.tags, 'tags'),
      })
      // As in MLflow, where a run that has just begun is answered without outputs.
      const { outputs: _, ...begun } = wireRun(run)
      return { run: begun }
    },
    getRun: async (caller, { run_id }) => ({ run: wireRun(await runs.get(caller, { runId: run_id })) }),
    updateRun: async (caller, { run_id, status, end_time, run_name }) => {
      const change = { runId: run_id, status, endTime: end_time, name: run_name }
      return { run_info: wireRunInfo(await runs.update(caller, change)) }
    },
    deleteRun: async (caller, { run_id }) => {
      await runs.delete(caller, { runId: run_id })
      return {}
    },
    restoreRun: async (caller, { run_id }) => {
      await runs.restore(caller, { runId: run_id })
      return {}
    },
    searchRuns: async (caller, input) => {
      const page = await search.runs(caller, {
        experimentIds: input.experiment_ids ?? [],
        filter: input.filter,
        viewType: input.run_view_type,
        maxResults: input.max_results,
        orderBy: input.order_by,
        pageToken: input.page_token,
      })
      return { runs: page.runs.map(wireRun), next_page_token: page.nextPageToken }
    },
    logMetric: async (caller, { run_id, ...metric }) => {
      await metrics.log(caller, { runId: run_id, ...metricInput(metric) })
      return {}
    },
    logParam: async (caller, { run_id, key, value = '' }) => {
      await runs.logParam(caller, { runId: run_id, key, value })
      return {}
    },
    logBatch: async (caller, { run_id, metrics = [], params, tags }) => {
      await runs.logBatch(caller, {
        runId: run_id,
        metrics: metrics.map(metricInput),
        params: keyValues(params, 'params'),
        tags: keyValues(tags, 'tags'),
      })
      return {}
    },
    setTag: async (caller, { run_id, key, value = '' }) => {
      await runs.setTag(caller, { runId: run_id, key, value })
      return {}
    },
    deleteTag: async (caller, { run_id, key }) => {
      await runs.deleteTag(caller, { runId: run_id, key })
      return {}
    },
  })
}

function metricInput(metric: Omit<fields.Static<typeof entities.Metric>, 'run_id'>): MetricInput {
  return {
    key: metric.key,
    value: metric.value,
    timestamp: metric.timestamp,
    step: metric.step,
    modelId: metric.model_id,
    datasetName: metric.dataset_name,
    datasetDigest: metric.dataset_digest,
  }
}
