import type { Migration } from '@orrery/drivers/db'

/*
 * What came of a thing: who read a dataset, which models a run made, which runs are its children. The other way round was
 * indexed before. Ids of parents stand in a tag whose value may be longer than PostgreSQL takes into an index; none that
 * is longer than 300 characters names a run.
 */
export const lineage: Migration = {
  number: 6,
  name: 'lineage',
  up: () => [
    `CREATE INDEX datasets_by_name ON datasets (name, digest, experiment_key)`,
    `CREATE INDEX logged_models_by_source_run ON logged_models (workspace_key, source_run_id)
      WHERE source_run_id <> ''`,
    `CREATE INDEX run_tags_by_parent ON run_tags (substr(value, 1, 300), run_key)
      WHERE key = 'mlflow.parentRunId'`,
  ],
}
