import type { Generated } from 'kysely'
import type { ManifestState, VersionStatus, VersionType } from './model-version.ts'
import type { ModelKind } from './registered-model.ts'
import type { Stage } from './stages.ts'

interface KeyValueRow {
  key: string
  value: string
}

/** The rows of this module's tables; `migrations/` says what the columns mean. */
export interface RegistryTables {
  registered_models: {
    model_key: Generated<number>
    workspace_key: number
    name: string
    /** `prompt` while the tag `mlflow.prompt.is_prompt` is `true`: written with that tag, in the same transaction. */
    kind: ModelKind
    description: string | null
    last_version: number
    created_at: number
    updated_at: number
  }
  registered_model_tags: KeyValueRow & { model_key: number }
  model_versions: {
    version_key: Generated<number>
    workspace_key: number
    model_key: number
    version: number
    stage: Stage
    description: string | null
    user_id: string
    /** As given, except that `models:/<name>/latest`, `/<Stage>` and `@<alias>` stand with the number they meant. */
    source: string
    /** What `get-download-uri` answers. */
    storage_location: string
    /** The folder in the store behind this server, without the workspace; null where the files are elsewhere. */
    content_path: string | null
    /** Empty if there is none; so are `run_link` and `model_id`. */
    run_id: string
    run_link: string
    model_id: string
    /** The version that this one was made of, for `models:/<name>/<version>`. */
    source_version_key: number | null
    /** The folder of the registry's own that holds the files, also for copies of an imported version. */
    folder_id: string | null
    status: VersionStatus
    status_message: string | null
    type: VersionType
    /** 0 or 1. */
    runs_code: number
    manifest: ManifestState
    manifest_digest: string | null
    manifest_files: number
    manifest_bytes: number
    created_at: number
    updated_at: number
  }
  version_tags: KeyValueRow & { version_key: number }
  model_aliases: { model_key: number; alias: string; version: number }
  /** `summary` is a `VersionSummary` as JSON. */
  version_summaries: { version_key: number; summary: string }
  version_files: { version_key: number; path: string; size: number; sha256: string }
  /** `findings` is a list of `Finding` as JSON. */
  version_advice: {
    version_key: number
    scanner: string
    scanner_version: string
    manifest_digest: string
    verdict: string
    findings: string
    reported_by: string
    reported_at: number
  }
  /** `version_key` is null while an import is under way. */
  version_folders: {
    folder_id: string
    workspace_key: number
    version_key: number | null
    claimed_at: number
  }
  /** `target` is a model's or version's key, `folder_id` a folder's. */
  registry_removals: {
    removal_key: Generated<number>
    workspace_key: number
    kind: 'model' | 'version' | 'folder'
    target: number | null
    folder_id: string | null
  }
}
