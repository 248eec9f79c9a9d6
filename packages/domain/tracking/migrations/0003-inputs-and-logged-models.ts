import type { Migration } from '@orrery/drivers/db'

/*
 * Datasets are shared inside an experiment: one row per (experiment, name, digest), the first description wins.
 * Model links of a run keep the model's id as text: MLflow accepts ids that nobody knows.
 *
 * Everything of a model's metric is its key, as with the points of a run: an exact duplicate clashes with itself
 * and nothing else does. MLflow's own key stops at the run, so that two values of one millisecond and step clash;
 * a server that answers in less than a millisecond would then refuse ordinary loops.
 */
export const inputsAndLoggedModels: Migration = {
  number: 3,
  name: 'inputs and logged models',
  up: (t) => [
    `CREATE TABLE datasets (
      dataset_key ${t.key},
      experiment_key ${t.int} NOT NULL,
      name ${t.text} NOT NULL,
      digest ${t.text} NOT NULL,
      source_type ${t.text} NOT NULL,
      source ${t.text} NOT NULL,
      schema ${t.text},
      profile ${t.text},
      UNIQUE (experiment_key, name, digest)
    )${t.plain}`,
    `CREATE TABLE run_datasets (
      run_key ${t.int} NOT NULL,
      dataset_key ${t.int} NOT NULL,
      PRIMARY KEY (run_key, dataset_key)
    )${t.clustered}`,
    `CREATE INDEX run_datasets_by_dataset ON run_datasets (dataset_key, run_key)`,
    `CREATE TABLE run_dataset_tags (
      run_key ${t.int} NOT NULL,
      dataset_key ${t.int} NOT NULL,
      key ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (run_key, dataset_key, key)
    )${t.clustered}`,
    `CREATE TABLE run_models (
      run_key ${t.int} NOT NULL,
      direction ${t.text} NOT NULL,
      model_id ${t.text} NOT NULL,
      step ${t.int} NOT NULL,
      PRIMARY KEY (run_key, direction, model_id)
    )${t.clustered}`,
    `CREATE INDEX run_models_by_model ON run_models (model_id, direction, run_key)`,
    `CREATE TABLE logged_models (
      model_key ${t.key},
      workspace_key ${t.int} NOT NULL,
      experiment_key ${t.int} NOT NULL,
      model_id ${t.text} NOT NULL,
      name ${t.text} NOT NULL,
      model_type ${t.text} NOT NULL,
      source_run_id ${t.text} NOT NULL,
      status ${t.text} NOT NULL,
      status_message ${t.text},
      artifact_uri ${t.text} NOT NULL,
      lifecycle ${t.text} NOT NULL,
      created_at ${t.int} NOT NULL,
      updated_at ${t.int} NOT NULL,
      UNIQUE (workspace_key, model_id)
    )${t.plain}`,
    `CREATE INDEX logged_models_by_creation ON logged_models (experiment_key, created_at DESC, model_id)`,
    `CREATE TABLE logged_model_params (
      model_key ${t.int} NOT NULL,
      key ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (model_key, key)
    )${t.clustered}`,
    `CREATE TABLE logged_model_tags (
      model_key ${t.int} NOT NULL,
      key ${t.text} NOT NULL,
      value ${t.text} NOT NULL,
      PRIMARY KEY (model_key, key)
    )${t.clustered}`,
    `CREATE TABLE logged_model_metrics (
      model_key ${t.int} NOT NULL,
      key ${t.text} NOT NULL,
      timestamp ${t.int} NOT NULL,
      step ${t.int} NOT NULL,
      run_id ${t.text} NOT NULL,
      value ${t.real} NOT NULL,
      nan ${t.int} NOT NULL,
      dataset_name ${t.text} NOT NULL,
      dataset_digest ${t.text} NOT NULL,
      PRIMARY KEY (model_key, key, timestamp, step, run_id, dataset_name, dataset_digest, value, nan)
    )${t.clustered}`,
    `CREATE INDEX logged_model_metrics_by_run ON logged_model_metrics (run_id)`,
  ],
}
