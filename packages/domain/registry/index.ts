import type { MigrationModule } from '@orrery/drivers/db'
import { modelsAndVersions } from './migrations/0001-models-and-versions.ts'

export { makeApprovedChanges } from './approved-changes.ts'
export { makeSweepClaims } from './archives/claims.ts'
export { findVersionFolder } from './archives/find-version-folder.ts'
export type { Archive, Archives, Imported } from './archives.ts'
export type { Difference, Usage } from './comparison.ts'
export type { ApprovedChanges } from './deps.ts'
export { LIMITS } from './limits.ts'
export { makeRegistryLineage } from './lineage/make-lineage-source.ts'
export { makeRegistry } from './make-registry.ts'
export { makeVersionFiles } from './manifests/version-files.ts'
export type {
  Advice,
  Finding,
  ManifestFile,
  ManifestHead,
  ModelVersion,
  SignatureSummary,
  VersionSummary,
  VersionType,
} from './model-version.ts'
export { asPythonText } from './models/as-python-text.ts'
export type { RegisteredModel } from './registered-model.ts'
export type { Models, Registry, RegistrySearch, Versions } from './registry.ts'
export { makeWorkOffRegistryRemovals } from './removals/work-off-removals.ts'
export { makeRegistryResidents } from './residents/make-residents.ts'
export { makeRegistrySearch } from './search/make-registry-search.ts'
export { STAGES, type Stage } from './stages.ts'
export { hasVersion } from './things/has-version.ts'
export { findModelKey, modelNames } from './things/model-things.ts'
export { promptText } from './things/prompt-text.ts'
export { sourcesOf, versionsFrom } from './things/version-sources.ts'

export const registryMigrations: MigrationModule = { module: 'registry', migrations: [modelsAndVersions] }
