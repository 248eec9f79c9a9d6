CREATE TABLE artifact_files (
      workspace_key integer NOT NULL,
      root text NOT NULL,
      path text NOT NULL,
      size integer NOT NULL,
      sha256 text,
      etag text NOT NULL,
      written_at integer NOT NULL,
      PRIMARY KEY (workspace_key, root, path)
    )strict, without rowid;

CREATE TABLE datasets (
      dataset_key integer primary key autoincrement,
      experiment_key integer NOT NULL,
      name text NOT NULL,
      digest text NOT NULL,
      source_type text NOT NULL,
      source text NOT NULL,
      schema text,
      profile text,
      UNIQUE (experiment_key, name, digest)
    )strict;

CREATE TABLE experiment_tags (
      experiment_key integer NOT NULL,
      key text NOT NULL,
      value text NOT NULL,
      PRIMARY KEY (experiment_key, key)
    )strict, without rowid;

CREATE TABLE experiments (
      experiment_key integer primary key autoincrement,
      workspace_key integer NOT NULL,
      experiment_id text NOT NULL,
      name text NOT NULL,
      artifact_location text NOT NULL,
      lifecycle text NOT NULL,
      epoch integer NOT NULL,
      created_at integer NOT NULL,
      updated_at integer NOT NULL,
      UNIQUE (workspace_key, name),
      UNIQUE (workspace_key, experiment_id)
    )strict;

CREATE TABLE latest (
      run_key integer NOT NULL,
      key text NOT NULL,
      experiment_key integer NOT NULL,
      value real NOT NULL,
      nan integer NOT NULL,
      step integer NOT NULL,
      timestamp integer NOT NULL,
      PRIMARY KEY (run_key, key)
    )strict, without rowid;

CREATE TABLE logged_model_metrics (
      model_key integer NOT NULL,
      key text NOT NULL,
      timestamp integer NOT NULL,
      step integer NOT NULL,
      run_id text NOT NULL,
      value real NOT NULL,
      nan integer NOT NULL,
      dataset_name text NOT NULL,
      dataset_digest text NOT NULL,
      PRIMARY KEY (model_key, key, timestamp, step, run_id, dataset_name, dataset_digest, value, nan)
    )strict, without rowid;

CREATE TABLE logged_model_params (
      model_key integer NOT NULL,
      key text NOT NULL,
      value text NOT NULL,
      PRIMARY KEY (model_key, key)
    )strict, without rowid;

CREATE TABLE logged_model_tags (
      model_key integer NOT NULL,
      key text NOT NULL,
      value text NOT NULL,
      PRIMARY KEY (model_key, key)
    )strict, without rowid;

CREATE TABLE logged_models (
      model_key integer primary key autoincrement,
      workspace_key integer NOT NULL,
      experiment_key integer NOT NULL,
      model_id text NOT NULL,
      name text NOT NULL,
      model_type text NOT NULL,
      source_run_id text NOT NULL,
      status text NOT NULL,
      status_message text,
      artifact_uri text NOT NULL,
      lifecycle text NOT NULL,
      created_at integer NOT NULL,
      updated_at integer NOT NULL,
      UNIQUE (workspace_key, model_id)
    )strict;

CREATE TABLE marks (
      series_key integer NOT NULL,
      rank integer NOT NULL,
      step integer NOT NULL,
      timestamp integer NOT NULL,
      value real NOT NULL,
      nan integer NOT NULL,
      PRIMARY KEY (series_key, rank)
    )strict, without rowid;

CREATE TABLE outbox (
      seq integer primary key autoincrement,
      event_id text NOT NULL,
      workspace_key integer NOT NULL,
      type text NOT NULL,
      subject text NOT NULL,
      actor text NOT NULL,
      reason text,
      request_id text NOT NULL,
      address text NOT NULL,
      at integer NOT NULL,
      before text,
      after text
    )strict;

CREATE TABLE points (
      series_key integer NOT NULL,
      step integer NOT NULL,
      timestamp integer NOT NULL,
      value real NOT NULL,
      nan integer NOT NULL,
      PRIMARY KEY (series_key, step, timestamp, value, nan)
    )strict, without rowid;

CREATE TABLE removals (
      removal_key integer primary key autoincrement,
      workspace_key integer NOT NULL,
      kind text NOT NULL,
      target integer NOT NULL,
      external_id text NOT NULL,
      artifact_uri text
    )strict;

CREATE TABLE run_dataset_tags (
      run_key integer NOT NULL,
      dataset_key integer NOT NULL,
      key text NOT NULL,
      value text NOT NULL,
      PRIMARY KEY (run_key, dataset_key, key)
    )strict, without rowid;

CREATE TABLE run_datasets (
      run_key integer NOT NULL,
      dataset_key integer NOT NULL,
      PRIMARY KEY (run_key, dataset_key)
    )strict, without rowid;

CREATE TABLE run_models (
      run_key integer NOT NULL,
      direction text NOT NULL,
      model_id text NOT NULL,
      step integer NOT NULL,
      PRIMARY KEY (run_key, direction, model_id)
    )strict, without rowid;

CREATE TABLE run_params (
      run_key integer NOT NULL,
      key text NOT NULL,
      value text NOT NULL,
      PRIMARY KEY (run_key, key)
    )strict, without rowid;

CREATE TABLE run_tags (
      run_key integer NOT NULL,
      key text NOT NULL,
      value text NOT NULL,
      PRIMARY KEY (run_key, key)
    )strict, without rowid;

CREATE TABLE runs (
      run_key integer primary key autoincrement,
      workspace_key integer NOT NULL,
      experiment_key integer NOT NULL,
      run_id text NOT NULL,
      name text NOT NULL,
      user_id text NOT NULL,
      status text NOT NULL,
      start_time integer,
      end_time integer,
      deleted_epoch integer,
      deleted_at integer,
      artifact_uri text NOT NULL,
      UNIQUE (workspace_key, run_id)
    )strict;

CREATE TABLE schema_migrations (
    module text not null,
    number integer not null,
    name text not null,
    applied_at integer not null,
    primary key (module, number)
  ) strict, without rowid;

CREATE TABLE series (
      series_key integer primary key autoincrement,
      run_key integer NOT NULL,
      key text NOT NULL,
      points integer NOT NULL,
      marked integer NOT NULL,
      in_time_order integer NOT NULL,
      UNIQUE (run_key, key)
    )strict;

CREATE TABLE signing_keys (
      purpose text NOT NULL PRIMARY KEY,
      key_hex text NOT NULL
    )strict, without rowid;

CREATE TABLE workspaces (
      workspace_key integer primary key autoincrement,
      name text NOT NULL UNIQUE,
      description text NOT NULL,
      created_at integer NOT NULL
    )strict;

CREATE INDEX experiments_by_update ON experiments (workspace_key, updated_at, experiment_key);

CREATE INDEX latest_by_value ON latest (experiment_key, key, nan, value, run_key);

CREATE INDEX logged_model_metrics_by_run ON logged_model_metrics (run_id);

CREATE INDEX logged_models_by_creation ON logged_models (experiment_key, created_at DESC, model_id);

CREATE INDEX run_datasets_by_dataset ON run_datasets (dataset_key, run_key);

CREATE INDEX run_models_by_model ON run_models (model_id, direction, run_key);

CREATE INDEX runs_by_start ON runs (experiment_key, start_time DESC, run_id);
