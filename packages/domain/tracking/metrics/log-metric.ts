import type { Caller } from '@orrery/base/kernel'
import type { TrackingDeps } from '../deps.ts'
import { logModelMetrics } from '../logged-models/log-model-metrics.ts'
import { takeActiveRun } from '../runs/find-run.ts'
import { checkMetrics, type MetricInput } from './metric-input.ts'
import { writePoints } from './write-points.ts'

/** Logs one point. The run must be active; the same point again changes nothing. No event: points are data. */
export function makeLogMetric({ db }: TrackingDeps) {
  return async function logMetric(caller: Caller, input: MetricInput & { runId: string }): Promise<void> {
    const metrics = checkMetrics([input], () => '')
    await db.inTx(async (tx) => {
      const run = await takeActiveRun(tx, caller, input.runId, 'run.write')
      await writePoints(tx, run, metrics)
      if (input.modelId) await logModelMetrics(tx, caller, input.runId, metrics)
    })
  }
}
