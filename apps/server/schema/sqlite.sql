CREATE TABLE access_changes (
      version integer NOT NULL,
      principal_key integer,
      workspace_key integer,
      at integer NOT NULL,
      PRIMARY KEY (version)
    )strict, without rowid;

CREATE TABLE access_version (one integer NOT NULL PRIMARY KEY, version integer NOT NULL)strict, without rowid;

CREATE TABLE approval_policies (
      policy_key integer primary key autoincrement,
      policy_id text NOT NULL UNIQUE,
      workspace_key integer NOT NULL,
      models text NOT NULL,
      kind text NOT NULL,
      value text NOT NULL,
      approvers text NOT NULL,
      expires_ms integer NOT NULL,
      created_by text NOT NULL,
      created_at integer NOT NULL,
      UNIQUE (workspace_key, models, kind, value)
    )strict;

CREATE TABLE approval_request_persons (
      request_key integer NOT NULL,
      person_key integer NOT NULL,
      PRIMARY KEY (request_key, person_key)
    )strict, without rowid;

CREATE TABLE approval_requests (
      request_key integer primary key autoincrement,
      request_id text NOT NULL UNIQUE,
      workspace_key integer NOT NULL,
      policy_key integer NOT NULL,
      model_key integer NOT NULL,
      model_name text NOT NULL,
      kind text NOT NULL,
      version integer NOT NULL,
      value text NOT NULL,
      archive_existing integer NOT NULL,
      state_before text NOT NULL,
      state text NOT NULL,
      reason text NOT NULL,
      requested_by text NOT NULL,
      requester_key integer NOT NULL,
      requested_at integer NOT NULL,
      expires_at integer NOT NULL,
      decided_by text,
      decided_at integer,
      decision_reason text
    )strict;

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

CREATE TABLE audit_anchors (
      anchor_key integer primary key autoincrement,
      file text NOT NULL,
      digest text NOT NULL,
      position integer NOT NULL,
      written_at integer NOT NULL
    )strict;

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

CREATE TABLE deliveries (
      delivery_key integer primary key autoincrement,
      subscription_key integer NOT NULL,
      position integer NOT NULL,
      replay integer NOT NULL,
      type text NOT NULL,
      subject text NOT NULL,
      state text NOT NULL,
      attempts integer NOT NULL,
      next_at integer,
      created_at integer NOT NULL,
      last_at integer,
      status integer,
      error text NOT NULL,
      duration_ms integer,
      UNIQUE (subscription_key, position, replay)
    )strict;

CREATE TABLE event_heads (
      workspace_key integer NOT NULL PRIMARY KEY,
      number integer NOT NULL,
      position integer NOT NULL,
      hash text NOT NULL,
      floor_number integer NOT NULL,
      floor_position integer NOT NULL,
      floor_hash text NOT NULL,
      floor_at integer
    )strict;

CREATE TABLE event_leases (
      name text NOT NULL PRIMARY KEY,
      holder text NOT NULL,
      beat integer NOT NULL
    )strict, without rowid;

CREATE TABLE event_log (
      position integer NOT NULL PRIMARY KEY,
      number integer NOT NULL,
      event_id text NOT NULL,
      workspace_key integer NOT NULL,
      type text NOT NULL,
      subject text NOT NULL,
      audience text NOT NULL,
      on_key integer,
      also text,
      actor text NOT NULL,
      credential text,
      reason text,
      request_id text NOT NULL,
      address text NOT NULL,
      at integer NOT NULL,
      before text,
      after text,
      hash text NOT NULL
    )strict;

CREATE TABLE event_mentions (
      workspace_key integer NOT NULL,
      subject text NOT NULL,
      position integer NOT NULL,
      PRIMARY KEY (workspace_key, subject, position)
    )strict, without rowid;

CREATE TABLE event_sequence (one integer NOT NULL PRIMARY KEY, position integer NOT NULL)strict;

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

CREATE TABLE grants (
      grant_key integer primary key autoincrement,
      workspace_key integer NOT NULL,
      principal_key integer NOT NULL,
      role_key integer NOT NULL,
      kind text NOT NULL,
      target integer NOT NULL,
      level text NOT NULL,
      permission text NOT NULL,
      effect text NOT NULL,
      of_maker integer NOT NULL DEFAULT 0,
      created_at integer NOT NULL,
      created_by text NOT NULL,
      UNIQUE (principal_key, workspace_key, role_key, kind, target, permission)
    )strict;

CREATE TABLE group_mappings (
      mapping_key integer primary key autoincrement,
      issuer text NOT NULL,
      claim text NOT NULL,
      group_key integer NOT NULL,
      UNIQUE (issuer, claim, group_key)
    )strict;

CREATE TABLE group_members (
      group_key integer NOT NULL,
      member_key integer NOT NULL,
      source text NOT NULL,
      PRIMARY KEY (group_key, member_key, source)
    )strict, without rowid;

CREATE TABLE identities (
      issuer text NOT NULL,
      subject text NOT NULL,
      principal_key integer NOT NULL,
      email text NOT NULL,
      linked_at integer NOT NULL,
      last_sign_on_at integer NOT NULL,
      PRIMARY KEY (issuer, subject)
    )strict, without rowid;

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

CREATE TABLE legal_holds (
      hold_key integer primary key autoincrement,
      hold_id text NOT NULL UNIQUE,
      workspace_key integer NOT NULL,
      subject text NOT NULL,
      title text NOT NULL,
      reason text NOT NULL,
      placed_by text NOT NULL,
      placed_at integer NOT NULL,
      lifted_by text,
      lifted_at integer
    )strict;

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

CREATE TABLE model_aliases (
      model_key integer NOT NULL,
      alias text NOT NULL,
      version integer NOT NULL,
      PRIMARY KEY (model_key, alias)
    )strict, without rowid;

CREATE TABLE model_versions (
      version_key integer primary key autoincrement,
      workspace_key integer NOT NULL,
      model_key integer NOT NULL,
      version integer NOT NULL,
      stage text NOT NULL,
      description text,
      user_id text NOT NULL,
      source text NOT NULL,
      storage_location text NOT NULL,
      content_path text,
      run_id text NOT NULL,
      run_link text NOT NULL,
      model_id text NOT NULL,
      source_version_key integer,
      folder_id text,
      status text NOT NULL,
      status_message text,
      type text NOT NULL,
      runs_code integer NOT NULL,
      manifest text NOT NULL,
      manifest_digest text,
      manifest_files integer NOT NULL,
      manifest_bytes integer NOT NULL,
      created_at integer NOT NULL,
      updated_at integer NOT NULL,
      UNIQUE (model_key, version)
    )strict;

CREATE TABLE outbox (
      seq integer primary key,
      event_id text NOT NULL,
      workspace_key integer NOT NULL,
      type text NOT NULL,
      subject text NOT NULL,
      audience text NOT NULL,
      on_key integer,
      also text,
      actor text NOT NULL,
      credential text,
      reason text,
      request_id text NOT NULL,
      address text NOT NULL,
      at integer NOT NULL,
      before text,
      after text
    )strict;

CREATE TABLE passwords (
      principal_key integer NOT NULL,
      hash text NOT NULL,
      changed_at integer NOT NULL,
      PRIMARY KEY (principal_key)
    )strict, without rowid;

CREATE TABLE points (
      series_key integer NOT NULL,
      step integer NOT NULL,
      timestamp integer NOT NULL,
      value real NOT NULL,
      nan integer NOT NULL,
      PRIMARY KEY (series_key, step, timestamp, value, nan)
    )strict, without rowid;

CREATE TABLE principals (
      principal_key integer primary key autoincrement,
      kind text NOT NULL,
      name text NOT NULL,
      folded_name text NOT NULL UNIQUE,
      display_name text NOT NULL,
      email text NOT NULL,
      home_workspace_key integer,
      is_admin integer NOT NULL,
      disabled_at integer,
      stamp integer NOT NULL,
      created_at integer NOT NULL,
      created_by text NOT NULL,
      updated_at integer NOT NULL,
      last_seen_at integer
    )strict;

CREATE TABLE reason_policies (
      workspace_key integer NOT NULL,
      change text NOT NULL,
      demand text NOT NULL,
      PRIMARY KEY (workspace_key, change)
    )strict, without rowid;

CREATE TABLE registered_model_tags (
      model_key integer NOT NULL,
      key text NOT NULL,
      value text NOT NULL,
      PRIMARY KEY (model_key, key)
    )strict, without rowid;

CREATE TABLE registered_models (
      model_key integer primary key autoincrement,
      workspace_key integer NOT NULL,
      name text NOT NULL,
      kind text NOT NULL,
      description text,
      last_version integer NOT NULL,
      created_at integer NOT NULL,
      updated_at integer NOT NULL,
      UNIQUE (workspace_key, name)
    )strict;

CREATE TABLE registry_removals (
      removal_key integer primary key autoincrement,
      workspace_key integer NOT NULL,
      kind text NOT NULL,
      target integer,
      folder_id text
    )strict;

CREATE TABLE removals (
      removal_key integer primary key autoincrement,
      workspace_key integer NOT NULL,
      kind text NOT NULL,
      target integer NOT NULL,
      external_id text NOT NULL,
      artifact_uri text
    )strict;

CREATE TABLE retention_rules (
      workspace_key integer NOT NULL,
      what text NOT NULL,
      after_days integer NOT NULL,
      last_run_at integer,
      PRIMARY KEY (workspace_key, what)
    )strict, without rowid;

CREATE TABLE role_assignments (
      assignment_key integer primary key autoincrement,
      workspace_key integer NOT NULL,
      principal_key integer NOT NULL,
      role_key integer NOT NULL,
      source text NOT NULL,
      created_at integer NOT NULL,
      created_by text NOT NULL,
      UNIQUE (principal_key, workspace_key, role_key)
    )strict;

CREATE TABLE roles (
      role_key integer primary key autoincrement,
      workspace_key integer NOT NULL,
      name text NOT NULL,
      description text,
      built_in integer NOT NULL,
      created_at integer NOT NULL,
      updated_at integer NOT NULL,
      UNIQUE (workspace_key, name)
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

CREATE TABLE sessions (
      session_key integer primary key autoincrement,
      session_id text NOT NULL UNIQUE,
      hash text NOT NULL UNIQUE,
      principal_key integer NOT NULL,
      stamp integer NOT NULL,
      method text NOT NULL,
      address text NOT NULL,
      browser text NOT NULL,
      created_at integer NOT NULL,
      seen_at integer NOT NULL,
      ends_at integer NOT NULL
    )strict;

CREATE TABLE setup_links (
      hash text NOT NULL,
      principal_key integer,
      created_at integer NOT NULL,
      ends_at integer NOT NULL,
      PRIMARY KEY (hash)
    )strict, without rowid;

CREATE TABLE sign_ons (
      state_hash text NOT NULL,
      browser_hash text NOT NULL,
      nonce text NOT NULL,
      code_verifier text NOT NULL,
      next text NOT NULL,
      ends_at integer NOT NULL,
      PRIMARY KEY (state_hash)
    )strict, without rowid;

CREATE TABLE signing_keys (
      purpose text NOT NULL PRIMARY KEY,
      key_hex text NOT NULL
    )strict, without rowid;

CREATE TABLE subscriptions (
      subscription_key integer primary key autoincrement,
      subscription_id text NOT NULL UNIQUE,
      workspace_key integer NOT NULL,
      name text NOT NULL,
      description text,
      shape text NOT NULL,
      target text NOT NULL,
      secret text,
      filter text NOT NULL,
      status text NOT NULL,
      status_reason text,
      max_attempts integer NOT NULL,
      ttl_ms integer NOT NULL,
      owner_key integer,
      created_by text NOT NULL,
      created_at integer NOT NULL,
      updated_at integer NOT NULL,
      position integer NOT NULL
    )strict;

CREATE TABLE token_runs (
      token_key integer NOT NULL,
      run_key integer NOT NULL,
      created_at integer NOT NULL,
      PRIMARY KEY (token_key, run_key)
    )strict, without rowid;

CREATE TABLE tokens (
      token_key integer primary key autoincrement,
      token_id text NOT NULL UNIQUE,
      hash text NOT NULL UNIQUE,
      kind text NOT NULL,
      name text NOT NULL,
      principal_key integer NOT NULL,
      workspace_key integer NOT NULL,
      all_workspaces integer NOT NULL,
      read_only integer NOT NULL,
      shown text NOT NULL,
      stamp integer NOT NULL,
      run_key integer,
      run_id text,
      created_at integer NOT NULL,
      created_by text NOT NULL,
      expires_at integer NOT NULL,
      ends_at integer NOT NULL,
      last_used_at integer,
      last_used_from text
    )strict;

CREATE TABLE version_advice (
      version_key integer NOT NULL,
      scanner text NOT NULL,
      scanner_version text NOT NULL,
      manifest_digest text NOT NULL,
      verdict text NOT NULL,
      findings text NOT NULL,
      reported_by text NOT NULL,
      reported_at integer NOT NULL,
      PRIMARY KEY (version_key, scanner)
    )strict, without rowid;

CREATE TABLE version_files (
      version_key integer NOT NULL,
      path text NOT NULL,
      size integer NOT NULL,
      sha256 text NOT NULL,
      PRIMARY KEY (version_key, path)
    )strict, without rowid;

CREATE TABLE version_folders (
      folder_id text NOT NULL,
      workspace_key integer NOT NULL,
      version_key integer,
      claimed_at integer NOT NULL,
      PRIMARY KEY (folder_id)
    )strict, without rowid;

CREATE TABLE version_summaries (
      version_key integer NOT NULL,
      summary text NOT NULL,
      PRIMARY KEY (version_key)
    )strict, without rowid;

CREATE TABLE version_tags (
      version_key integer NOT NULL,
      key text NOT NULL,
      value text NOT NULL,
      PRIMARY KEY (version_key, key)
    )strict, without rowid;

CREATE TABLE workspace_quotas (
      workspace_key integer NOT NULL,
      what text NOT NULL,
      quota integer NOT NULL,
      told text NOT NULL,
      PRIMARY KEY (workspace_key, what)
    )strict, without rowid;

CREATE TABLE workspace_tags (
      workspace_key integer NOT NULL,
      key text NOT NULL,
      value text NOT NULL,
      PRIMARY KEY (workspace_key, key)
    )strict, without rowid;

CREATE TABLE workspace_usage (
      workspace_key integer NOT NULL,
      what text NOT NULL,
      shard integer NOT NULL,
      amount integer NOT NULL,
      PRIMARY KEY (workspace_key, what, shard)
    )strict, without rowid;

CREATE TABLE workspaces (
      workspace_key integer primary key autoincrement,
      name text NOT NULL UNIQUE,
      description text NOT NULL,
      created_at integer NOT NULL
    , workspace_id text, friendly_name text NOT NULL DEFAULT '', subscription_id text NOT NULL DEFAULT '', resource_group text NOT NULL DEFAULT '', location text NOT NULL DEFAULT '', default_artifact_root text NOT NULL DEFAULT '', trace_archival_location text NOT NULL DEFAULT '', trace_archival_retention text NOT NULL DEFAULT '', max_token_life_ms integer, created_by text NOT NULL DEFAULT '', updated_at integer, archived_at integer, deleted_at integer, deleted_name text)strict;

CREATE INDEX approval_requests_by_end ON approval_requests (expires_at) WHERE state = 'open';

CREATE INDEX approval_requests_by_key ON approval_requests (workspace_key, request_key);

CREATE INDEX approval_requests_by_name ON approval_requests (workspace_key, model_name, request_key);

CREATE INDEX approval_requests_by_policy ON approval_requests (policy_key) WHERE state = 'open';

CREATE INDEX approval_requests_by_state ON approval_requests (workspace_key, state, request_key);

CREATE UNIQUE INDEX approval_requests_open ON approval_requests (model_key, kind, version, value)
      WHERE state = 'open';

CREATE INDEX datasets_by_name ON datasets (name, digest, experiment_key);

CREATE INDEX deliveries_by_time ON deliveries (last_at) WHERE state <> 'waiting';

CREATE INDEX deliveries_dead ON deliveries (subscription_key, position) WHERE state = 'dead';

CREATE INDEX deliveries_waiting ON deliveries (subscription_key, position, replay)
      WHERE state = 'waiting';

CREATE INDEX event_log_by_actor ON event_log (workspace_key, actor, position);

CREATE INDEX event_log_by_subject ON event_log (workspace_key, substr(subject, 1, 500), position);

CREATE INDEX event_log_by_time ON event_log (workspace_key, at, position);

CREATE INDEX event_log_by_type ON event_log (workspace_key, type, position);

CREATE INDEX event_mentions_by_position ON event_mentions (position);

CREATE INDEX experiments_by_update ON experiments (workspace_key, updated_at, experiment_key);

CREATE INDEX grants_by_role ON grants (role_key, grant_key) WHERE role_key <> 0;

CREATE INDEX grants_by_target ON grants (workspace_key, kind, target, principal_key);

CREATE INDEX group_mappings_by_group ON group_mappings (group_key);

CREATE INDEX group_members_by_member ON group_members (member_key, group_key);

CREATE INDEX identities_by_principal ON identities (principal_key);

CREATE INDEX latest_by_value ON latest (experiment_key, key, nan, value, run_key);

CREATE INDEX legal_holds_by_time ON legal_holds (workspace_key, placed_at, hold_key);

CREATE INDEX legal_holds_in_force ON legal_holds (workspace_key, subject) WHERE lifted_at IS NULL;

CREATE INDEX logged_model_metrics_by_run ON logged_model_metrics (run_id);

CREATE INDEX logged_models_by_creation ON logged_models (experiment_key, created_at DESC, model_id);

CREATE INDEX logged_models_by_source_run ON logged_models (workspace_key, source_run_id)
      WHERE source_run_id <> '';

CREATE INDEX model_versions_by_creation ON model_versions (workspace_key, created_at, version_key);

CREATE INDEX model_versions_by_digest ON model_versions (workspace_key, manifest_digest)
      WHERE manifest_digest IS NOT NULL;

CREATE INDEX model_versions_by_folder ON model_versions (folder_id) WHERE folder_id IS NOT NULL;

CREATE INDEX model_versions_by_model_id ON model_versions (workspace_key, model_id, version_key);

CREATE INDEX model_versions_by_run ON model_versions (workspace_key, run_id, version_key);

CREATE INDEX model_versions_by_source ON model_versions (source_version_key)
      WHERE source_version_key IS NOT NULL;

CREATE INDEX model_versions_by_stage ON model_versions (model_key, stage, version);

CREATE INDEX model_versions_by_update ON model_versions (workspace_key, updated_at, version_key);

CREATE INDEX principals_admins ON principals (principal_key) WHERE is_admin = 1;

CREATE INDEX principals_by_home ON principals (home_workspace_key, principal_key)
      WHERE home_workspace_key IS NOT NULL;

CREATE INDEX principals_by_name ON principals (kind, folded_name);

CREATE INDEX registered_model_tags_by_value ON registered_model_tags (key, substr(value, 1, 100), model_key);

CREATE INDEX registered_models_by_name ON registered_models (workspace_key, kind, name);

CREATE INDEX registered_models_by_update ON registered_models (workspace_key, kind, updated_at, name);

CREATE INDEX role_assignments_by_role ON role_assignments (role_key, principal_key);

CREATE INDEX role_assignments_by_workspace ON role_assignments (workspace_key, principal_key);

CREATE UNIQUE INDEX roles_by_folded_name ON roles (workspace_key, lower(name));

CREATE INDEX run_datasets_by_dataset ON run_datasets (dataset_key, run_key);

CREATE INDEX run_models_by_model ON run_models (model_id, direction, run_key);

CREATE INDEX run_tags_by_parent ON run_tags (substr(value, 1, 300), run_key)
      WHERE key = 'mlflow.parentRunId';

CREATE INDEX runs_by_start ON runs (experiment_key, start_time DESC, run_id);

CREATE INDEX sessions_by_end ON sessions (ends_at, session_key);

CREATE INDEX sessions_by_principal ON sessions (principal_key, session_key);

CREATE INDEX sign_ons_by_end ON sign_ons (ends_at);

CREATE INDEX subscriptions_by_workspace ON subscriptions (workspace_key, created_at, subscription_key);

CREATE INDEX token_runs_by_run ON token_runs (run_key);

CREATE INDEX tokens_by_end ON tokens (ends_at, token_key);

CREATE INDEX tokens_by_principal ON tokens (principal_key, token_key);

CREATE INDEX tokens_by_run ON tokens (run_key) WHERE run_key IS NOT NULL;

CREATE INDEX tokens_by_workspace ON tokens (workspace_key, kind, token_key);

CREATE INDEX version_tags_by_value ON version_tags (key, substr(value, 1, 100), version_key);

CREATE INDEX workspaces_deleted ON workspaces (workspace_key) WHERE deleted_at IS NOT NULL;
