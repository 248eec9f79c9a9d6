import type { Migration } from '@orrery/drivers/db'

/*
 * A series is one metric of one run. Its points lie in (step, timestamp, value, nan) order, so that the last row
 * is MLflow's latest value, and an exact duplicate clashes with itself. A NaN is stored as 0 with `nan` = 1, an
 * infinity as the largest double: both as MLflow stores them.
 *
 * `marks` names every 64th point by its rank, so that a plot reads the n-th point of a long series by its
 * position and not by counting. Every such rank below `series.marked` (a multiple of 64) has its mark; a point that
 * arrives late moves the ranks behind it, takes those marks away, and later writes put them back piece by piece.
 */
export const metrics: Migration = {
  number: 2,
  name: 'metrics',
  up: (t) => [
    `CREATE TABLE series (
      series_key ${t.key},
      run_key ${t.int} NOT NULL,
      key ${t.text} NOT NULL,
      points ${t.int} NOT NULL,
      marked ${t.int} NOT NULL,
      in_time_order ${t.int} NOT NULL,
      UNIQUE (run_key, key)
    )${t.plain}`,
    `CREATE TABLE points (
      series_key ${t.int} NOT NULL,
      step ${t.int} NOT NULL,
      timestamp ${t.int} NOT NULL,
      value ${t.real} NOT NULL,
      nan ${t.int} NOT NULL,
      PRIMARY KEY (series_key, step, timestamp, value, nan)
    )${t.clustered}`,
    `CREATE TABLE marks (
      series_key ${t.int} NOT NULL,
      rank ${t.int} NOT NULL,
      step ${t.int} NOT NULL,
      timestamp ${t.int} NOT NULL,
      value ${t.real} NOT NULL,
      nan ${t.int} NOT NULL,
      PRIMARY KEY (series_key, rank)
    )${t.clustered}`,
    `CREATE TABLE latest (
      run_key ${t.int} NOT NULL,
      key ${t.text} NOT NULL,
      experiment_key ${t.int} NOT NULL,
      value ${t.real} NOT NULL,
      nan ${t.int} NOT NULL,
      step ${t.int} NOT NULL,
      timestamp ${t.int} NOT NULL,
      PRIMARY KEY (run_key, key)
    )${t.clustered}`,
    `CREATE INDEX latest_by_value ON latest (experiment_key, key, nan, value, run_key)`,
  ],
}
