import type { Generated } from 'kysely'

export interface KeyValueRow {
  key: string
  value: string
}

/** What can be removed for good, by the table that `target` is a key of. */
export type RemovalKind = 'run' | 'series' | 'experiment' | 'logged-model'

/** The rows of this module's tables; `migrations/` says what the columns mean. */
export interface TrackingTables {
  experiments: {
    experiment_key: Generated<number>
    workspace_key: number
    experiment_id: string
    name: string
    artifact_location: string
    lifecycle: 'active' | 'deleted'
    epoch: number
    created_at: number
    updated_at: number
  }
  experiment_tags: KeyValueRow & { experiment_key: number }
  runs: {
    run_key: Generated<number>
    workspace_key: number
    experiment_key: number
    run_id: string
    name: string
    user_id: string
    status: string
    start_time: number | null
    end_time: number | null
    deleted_epoch: number | null
    deleted_at: number | null
    artifact_uri: string
  }
  run_params: KeyValueRow & { run_key: number }
  run_tags: KeyValueRow & { run_key: number }
  series: {
    series_key: Generated<number>
    run_key: number
    key: string
    points: number
    marked: number
    in_time_order: number
  }
  points: { series_key: number; step: number; timestamp: number; value: number; nan: number }
  marks: { series_key: number; rank: number; step: number; timestamp: number; value: number; nan: number }
  latest: {
    run_key: number
    key: string
    experiment_key: number
    value: number
    nan: number
    step: number
    timestamp: number
  }
  datasets: {
    dataset_key: Generated<number>
    experiment_key: number
    name: string
    digest: string
    source_type: string
    source: string
    schema: string | null
    profile: string | null
  }
  run_datasets: { run_key: number; dataset_key: number }
  run_dataset_tags: KeyValueRow & { run_key: number; dataset_key: number }
  run_models: { run_key: number; direction: 'input' | 'output'; model_id: string; step: number }
  logged_models: {
    model_key: Generated<number>
    workspace_key: number
    experiment_key: number
    model_id: string
    name: string
    model_type: string
    source_run_id: string
    status: 'UNSPECIFIED' | 'PENDING' | 'READY' | 'FAILED'
    status_message: string | null
    artifact_uri: string
    lifecycle: 'active' | 'deleted'
    created_at: number
    updated_at: number
  }
  logged_model_params: KeyValueRow & { model_key: number }
  logged_model_tags: KeyValueRow & { model_key: number }
  logged_model_metrics: {
    model_key: number
    key: string
    timestamp: number
    step: number
    run_id: string
    value: number
    nan: number
    dataset_name: string
    dataset_digest: string
  }
  artifact_files: {
    workspace_key: number
    root: string
    path: string
    size: number
    sha256: string | null
    etag: string
    written_at: number
  }
  removals: {
    removal_key: Generated<number>
    workspace_key: number
    kind: RemovalKind
    target: number
    external_id: string
    artifact_uri: string | null
  }
}
