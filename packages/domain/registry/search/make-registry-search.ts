import type { RegistryDeps } from '../deps.ts'
import type { RegistrySearch } from '../registry.ts'
import { makeLatestVersions } from './latest-versions.ts'
import { makeSearchModels } from './search-models.ts'
import { makeSearchVersions } from './search-versions.ts'

/** The searches of this module. */
export function makeRegistrySearch(deps: Pick<RegistryDeps, 'db'>): RegistrySearch {
  return {
    models: makeSearchModels(deps),
    versions: makeSearchVersions(deps),
    latestVersions: makeLatestVersions(deps),
  }
}
