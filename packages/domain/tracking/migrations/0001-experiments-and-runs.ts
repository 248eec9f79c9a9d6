import type { Migration } from '@orrery/drivers/db'

/*
 * Deleting an experiment does not touch its runs: a run counts as deleted while its experiment is, or while its
 * own `deleted_epoch` equals the experiment's `epoch`. Restoring an experiment adds one to the epoch, and so
 * brings back every run, also those that had been deleted one by one before: as MLflow does, without rewriting them.
 */
export const experimentsAndRuns: Migration = {
  number: 1,
  name: 'experiments and runs',
  up: (t) => [
    `CREATE TABLE experiments (
      experiment_key ${t.key},
      workspace_key ${t.int} NOT NULL,
      experiment_id ${t.text} NOT NULL,
      name ${t.text} NOT NULL,
      artifact_location ${t.text} NOT NULL,
      lifecycle ${t.text} NOT NULL,
      epoch ${t.int} NOT NULL,
      created_at ${t.int} NOT NULL,
      updated_at ${t.int} NOT NULL,
      UNIQUE (workspace_key, name),
      UNIQUE (workspace_key, experiment_id)
    )${t.plain}`,
    `CREATE INDEX experiments_by_update ON experiments (workspace_key, updated_at, experiment_key)`,
    `CREATE TABLE experiment_tags (
      experiment_key ${t.int} NOT NULL,
      key ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (experiment_key, key)
    )${t.clustered}`,
    `CREATE TABLE runs (
      run_key ${t.key},
      workspace_key ${t.int} NOT NULL,
      experiment_key ${t.int} NOT NULL,
      run_id ${t.text} NOT NULL,
      name ${t.text} NOT NULL,
      user_id ${t.text} NOT NULL,
      status ${t.text} NOT NULL,
      start_time ${t.int},
      end_time ${t.int},
      deleted_epoch ${t.int},
      deleted_at ${t.int},
      artifact_uri ${t.text} NOT NULL,
      UNIQUE (workspace_key, run_id)
    )${t.plain}`,
    `CREATE INDEX runs_by_start ON runs (experiment_key, start_time DESC, run_id)`,
    `CREATE TABLE run_params (
      run_key ${t.int} NOT NULL,
      key ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (run_key, key)
    )${t.clustered}`,
    `CREATE TABLE run_tags (
      run_key ${t.int} NOT NULL,
      key ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (run_key, key)
    )${t.clustered}`,
  ],
}
