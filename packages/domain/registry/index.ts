import type { MigrationModule } from '@orrery/drivers/db'
import { modelsAndVersions } from './migrations/0001-models-and-versions.ts'

export { makeApprovedChanges } from './approved-changes.ts'
export { makeSweepClaims } from './archives/claims.ts'
export { findVersionFolder } from './archives/find-version-folder.ts'
export {
  ARCHIVE_FORMAT,
  ARCHIVE_INDEX,
  type Archive,
  type ArchivedVersion,
  type ArchiveIndex,
  type Archives,
  type Imported,
} from './archives.ts'
export type { Comparison, Difference, Usage } from './comparison.ts'
export type {
  ApprovedChanges,
  RegistryDeps,
} from './deps.ts'
export { ARCHIVE_LIMITS, LIMITS } from './limits.ts'
export { makeRegistryLineage } from './lineage/make-lineage-source.ts'
export { makeRegistry } from './make-registry.ts'
export { makeVersionFiles } from './manifests/version-files.ts'
export type {
  Advice,
  Finding,
  FlavorSummary,
  ManifestFile,
  ManifestHead,
  ManifestState,
  ModelVersion,
  SignatureSummary,
  VersionStatus,
  VersionSummary,
  VersionType,
} from './model-version.ts'
export { asPythonText } from './models/as-python-text.ts'
export {
  type Alias,
  IS_PROMPT_TAG,
  type ModelKind,
  type RegisteredModel,
  type Tag,
} from './registered-model.ts'
export type {
  ManifestCheck,
  Manifests,
  ModelName,
  Models,
  NewVersion,
  NewVersionByPath,
  Registry,
  RegistrySearch,
  SearchInput,
  VersionFile,
  VersionId,
  Versions,
} from './registry.ts'
export type { ModelEvent, RegistryEvent, VersionEvent } from './registry-events.ts'
export type { RegistryTables } from './registry-tables.ts'
export { makeWorkOffRegistryRemovals } from './removals/work-off-removals.ts'
export { makeRegistryResidents } from './residents/make-residents.ts'
export { makeRegistrySearch } from './search/make-registry-search.ts'
export { ACTIVE_STAGES, parseStage, STAGES, type Stage } from './stages.ts'
export { hasVersion } from './things/has-version.ts'
export { findModelKey, modelNames } from './things/model-things.ts'
export { promptText } from './things/prompt-text.ts'
export { sourcesOf, versionsFrom } from './things/version-sources.ts'

export const registryMigrations: MigrationModule = { module: 'registry', migrations: [modelsAndVersions] }
