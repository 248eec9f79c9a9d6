import { type Caller, missing } from '@orrery/base/kernel'
import { type Reads, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { ManifestState, VersionStatus, VersionType } from '../model-version.ts'
import { type FoundModel, findModel, type ToModel, takeModel } from '../models/find-model.ts'
import { checkModelName, parseVersion } from '../names.ts'
import type { VersionId } from '../registry.ts'
import type { RegistryTables } from '../registry-tables.ts'
import type { Stage } from '../stages.ts'

/** A version's row, found for a verb. `RegistryTables` says what the fields mean. */
export interface FoundVersion {
  readonly key: number
  readonly modelKey: number
  readonly name: string
  readonly version: number
  readonly stage: Stage
  readonly description: string | null
  readonly userId: string
  readonly source: string
  readonly storageLocation: string
  readonly contentPath: string | null
  readonly runId: string
  readonly runLink: string
  readonly modelId: string
  readonly sourceVersionKey: number | null
  readonly folderId: string | null
  readonly status: VersionStatus
  readonly statusMessage: string | null
  readonly type: VersionType
  /** 0 or 1. */
  readonly runsCode: number
  readonly manifestState: ManifestState
  readonly manifestDigest: string | null
  readonly manifestFiles: number
  readonly manifestBytes: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** The columns of a `FoundVersion`, from `model_versions` joined with `registered_models`. */
export const VERSION_COLUMNS = [
  'model_versions.version_key as key',
  'model_versions.model_key as modelKey',
  'registered_models.name as name',
  'model_versions.version as version',
  'model_versions.stage as stage',
  'model_versions.description as description',
  'model_versions.user_id as userId',
  'model_versions.source as source',
  'model_versions.storage_location as storageLocation',
  'model_versions.content_path as contentPath',
  'model_versions.run_id as runId',
  'model_versions.run_link as runLink',
  'model_versions.model_id as modelId',
  'model_versions.source_version_key as sourceVersionKey',
  'model_versions.folder_id as folderId',
  'model_versions.status as status',
  'model_versions.status_message as statusMessage',
  'model_versions.type as type',
  'model_versions.runs_code as runsCode',
  'model_versions.manifest as manifestState',
  'model_versions.manifest_digest as manifestDigest',
  'model_versions.manifest_files as manifestFiles',
  'model_versions.manifest_bytes as manifestBytes',
  'model_versions.created_at as createdAt',
  'model_versions.updated_at as updatedAt',
] as const

const byNumber = statement(
  'registry.version-by-number',
  (k: Kysely<RegistryTables>, p: { model: number; version: number }) =>
    k
      .selectFrom('model_versions')
      .innerJoin('registered_models', 'registered_models.model_key', 'model_versions.model_key')
      .select(VERSION_COLUMNS)
      .where('model_versions.model_key', '=', p.model)
      .where('model_versions.version', '=', p.version),
)

/** A version with its model. Throws RESOURCE_DOES_NOT_EXIST for either, also where the caller may not read the model. */
export async function findVersion(reads: Reads, caller: Caller, id: VersionId) {
  checkModelName(id.name)
  const version = parseVersion(id.version)
  return versionOf(reads, await findModel(reads, caller, id.name), version)
}

/**
 * As `findVersion`, for callers who may do that to its model; the model's row, and so the version's, is this
 * transaction's until it ends. @throws as `findVersion`, and PERMISSION_DENIED
 */
export async function takeVersion(tx: Tx, caller: Caller, id: VersionId, permission: ToModel) {
  checkModelName(id.name)
  const version = parseVersion(id.version)
  return versionOf(tx, await takeModel(tx, caller, id.name, permission), version)
}

/** The version of that number. Throws RESOURCE_DOES_NOT_EXIST. */
export async function versionOf(
  reads: Reads,
  model: FoundModel,
  version: number,
): Promise<{ readonly model: FoundModel; readonly version: FoundVersion }> {
  const row = await reads.first(byNumber, { model: model.key, version })
  if (row !== undefined) return { model, version: row }
  throw missing(`Model Version (name=${model.name}, version=${version}) not found`)
}
