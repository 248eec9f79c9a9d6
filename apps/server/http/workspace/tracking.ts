import { trackingRoutes } from '@orrery/base/contract'
import type { BucketedSeries, Tracking } from '@orrery/domain/tracking'
import { bind } from '../kit/index.ts'

/** What MLflow has no call for: series for charts, moving, and deleting for good. */
export function bindTracking({ experiments, runs, metrics }: Tracking) {
  return bind(trackingRoutes, {
    getSeries: async (caller, input) => {
      const series = await metrics.getSeries(caller, {
        runIds: input.run_ids,
        keys: input.keys,
        maxBuckets: input.max_buckets,
        startStep: input.start_step,
        endStep: input.end_step,
      })
      return { series: series.map(wireSeries) }
    },
    moveRuns: async (caller, { run_ids, experiment_id }) => {
      await runs.move(caller, { runIds: run_ids, experimentId: experiment_id })
      return {}
    },
    removeRun: async (caller, { run_id }) => {
      await runs.remove(caller, { runId: run_id })
      return {}
    },
    removeExperiment: async (caller, { experiment_id }) => {
      await experiments.remove(caller, { experimentId: experiment_id })
      return {}
    },
    removeMetric: async (caller, { run_id, key }) => {
      await metrics.remove(caller, { runId: run_id, key })
      return {}
    },
  })
}

const wireSeries = (series: BucketedSeries) => ({
  run_id: series.runId,
  key: series.key,
  points: series.points,
  width: series.width,
  steps: series.steps,
  counts: series.counts,
  mins: series.mins,
  maxs: series.maxs,
  lasts: series.lasts,
  last_timestamps: series.lastTimestamps,
  last_steps: series.lastSteps,
})
