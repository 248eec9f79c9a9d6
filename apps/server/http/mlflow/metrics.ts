import { metricRoutes } from '@orrery/base/contract'
import type { PointOfRun, Tracking } from '@orrery/domain/tracking'
import { bind } from '../kit/index.ts'

export function bindMetrics({ metrics }: Tracking) {
  return bind(metricRoutes, {
    getMetricHistory: async (caller, { run_id, metric_key, page_token, max_results }) => {
      const page = await metrics.getHistory(caller, {
        runId: run_id,
        key: metric_key,
        pageToken: page_token,
        maxResults: max_results,
      })
      return { metrics: page.points, next_page_token: page.nextPageToken }
    },
    getMetricHistoryBulk: async (caller, { run_id, metric_key, max_results }) => {
      const points = await metrics.getHistoryBulk(caller, {
        runIds: run_id,
        key: metric_key,
        maxResults: max_results,
      })
      return { metrics: points.map(wirePoint) }
    },
    getMetricHistoryBulkInterval: async (caller, input) => {
      const points = await metrics.getInterval(caller, {
        runIds: input.run_ids,
        key: input.metric_key,
        maxResults: input.max_results,
        startStep: input.start_step,
        endStep: input.end_step,
      })
      return { metrics: points.map(wirePoint) }
    },
  })
}

const wirePoint = ({ key, value, timestamp, step, runId }: PointOfRun) => ({
  key,
  value,
  timestamp,
  step,
  run_id: runId,
})
