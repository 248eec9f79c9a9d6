import { COUNTER, type PreparedRequest } from './plan.ts'

const KEYS = 10

/*
 * New points in each sending: the counter stands in step and timestamp, six digits with a 1 before them and two
 * behind, so that steps stay below 2^31 and timestamps look like those of 2023.
 */

/** One `log-batch` call per run: metrics of 10 keys at as many steps as make up `points`. */
export function logBatchRequests(runIds: readonly string[], points: number): PreparedRequest[] {
  const steps = Array.from({ length: points / KEYS }, (_, at) => String(at).padStart(2, '0'))
  return runIds.map((runId) => {
    const metrics = steps.flatMap((step) =>
      Array.from({ length: KEYS }, (_, key) => ({ key: `m${key}`, value: Math.random(), step })),
    )
    const list = metrics.map(({ key, value, step }) => metricJson(key, value, step)).join(',')
    const body = `{"run_id":"${runId}","metrics":[${list}],"params":[],"tags":[]}`
    return { method: 'POST', path: '/api/2.0/mlflow/runs/log-batch', body }
  })
}

/** One `log-metric` call per run. */
export function logMetricRequests(runIds: readonly string[]): PreparedRequest[] {
  return runIds.map((runId) => {
    const body = `{"run_id":"${runId}",${metricJson('loss', Math.random(), '00').slice(1)}`
    return { method: 'POST', path: '/api/2.0/mlflow/runs/log-metric', body }
  })
}

function metricJson(key: string, value: number, step: string): string {
  return `{"key":"${key}","value":${value},"timestamp":17000${COUNTER}${step},"step":1${COUNTER}${step}}`
}
