import { orrery } from '../declaration.ts'
import { double, int64, list, maybe, message, nothing, orNull, text } from '../fields.ts'

const Series = message({
  run_id: text(),
  key: text(),
  points: int64('Points of the whole series.'),
  width: int64('Steps per bucket: a power of two; buckets begin at its multiples.'),
  steps: list(int64(), 'First step of each bucket.'),
  counts: list(int64(), 'Points in each bucket.'),
  mins: list(orNull(double()), 'Smallest value; null where all are NaN.'),
  maxs: list(orNull(double()), 'Largest value; null where all are NaN.'),
  lasts: list(orNull(double()), 'Value of the last point; null where it is NaN.'),
  last_timestamps: list(int64(), 'Milliseconds since the epoch.'),
  last_steps: list(int64()),
})

export const trackingRoutes = {
  getSeries: orrery({
    name: 'series.get',
    method: 'POST',
    path: 'series',
    needs: 'run.read',
    takes: message({
      run_ids: list(text(), '1 to 500.'),
      keys: list(text(), '1 to 500 metric names; runs x names make at most 500 series.'),
      max_buckets: maybe(int64('1 to 2,500 per series; 500 if not given.')),
      start_step: maybe(int64('Smaller steps are left out.')),
      end_step: maybe(int64('Larger steps are left out.')),
    }),
    gives: message({ series: list(Series) }),
    summary: 'Many metrics of many runs, thinned for charts without losing a peak.',
  }),
  moveRuns: orrery({
    name: 'runs.move',
    method: 'POST',
    path: 'runs/move',
    needs: 'run.write',
    takes: message({ run_ids: list(text(), '1 to 100.'), experiment_id: text('Where they go.') }),
    gives: nothing,
    summary: 'Moves runs into another experiment: all of them or none.',
  }),
  removeRun: orrery({
    name: 'runs.remove',
    method: 'DELETE',
    path: 'runs/{run_id}',
    needs: 'run.delete',
    takes: message({ run_id: text() }),
    gives: nothing,
    summary: 'Deletes a deleted run for good, with everything logged to it.',
  }),
  removeExperiment: orrery({
    name: 'experiments.remove',
    method: 'DELETE',
    path: 'experiments/{experiment_id}',
    needs: 'experiment.delete',
    takes: message({ experiment_id: text() }),
    gives: nothing,
    summary: 'Deletes a deleted experiment for good, with all its runs.',
  }),
  removeMetric: orrery({
    name: 'metrics.remove',
    method: 'DELETE',
    path: 'runs/{run_id}/metrics/{key*}',
    needs: 'run.delete',
    takes: message({ run_id: text(), key: text() }),
    gives: nothing,
    summary: 'Deletes one metric of a run for good, with all its points.',
  }),
}
