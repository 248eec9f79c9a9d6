import { mlflow } from '../declaration.ts'
import { double, evenEmpty, int32, int64, list, maybe, message, text } from '../fields.ts'
import { Metric } from './entities.ts'
import { runId } from './runs.ts'

const PointOfRun = message({
  key: text(),
  value: double(),
  timestamp: int64('Milliseconds since the epoch.'),
  step: int64(),
  run_id: text(),
})

export const metricRoutes = {
  getMetricHistory: mlflow({
    name: 'metrics.getHistory',
    method: 'GET',
    path: 'metrics/get-history',
    needs: 'run.read',
    ofRun: true,
    takes: message({
      ...runId,
      metric_key: text(),
      page_token: maybe(text()),
      max_results: maybe(int32('All points if not given.')),
    }),
    gives: message({ metrics: maybe(list(Metric)), next_page_token: maybe(text()) }),
    summary: 'All points of one metric of a run, by timestamp, step and value.',
  }),
  getMetricHistoryBulk: mlflow({
    name: 'metrics.getHistoryBulk',
    method: 'GET',
    path: 'metrics/get-history-bulk',
    only: 'ajax-api',
    needs: 'run.read',
    takes: message({
      run_id: list(text(), 'At most 100.'),
      metric_key: text(),
      max_results: maybe(int32('At most 25,000.')),
    }),
    // MLflow puts this answer together by hand, and its web page reads `metrics` unasked.
    gives: message({ metrics: evenEmpty(list(PointOfRun)) }),
    summary: 'The points of one metric of many runs, for MLflow’s web UI.',
  }),
  getMetricHistoryBulkInterval: mlflow({
    name: 'metrics.getHistoryBulkInterval',
    method: 'GET',
    path: 'metrics/get-history-bulk-interval',
    needs: 'run.read',
    takes: message({
      run_ids: list(text(), '1 to 100.'),
      metric_key: text(),
      start_step: maybe(int32('Given together with end_step.')),
      end_step: maybe(int32('Given together with start_step.')),
      max_results: maybe(int32('1 to 2,500 per run; 2,500 if not given.')),
    }),
    gives: message({ metrics: maybe(list(PointOfRun)) }),
    summary: 'Evenly sampled points of one metric of many runs, for plots.',
  }),
}
