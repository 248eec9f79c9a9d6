import { makeArchives } from './archives/make-archives.ts'
import { makeCompare } from './comparison/make-compare.ts'
import { makeWhereUsed } from './comparison/make-where-used.ts'
import type { RegistryDeps } from './deps.ts'
import { makeManifests } from './manifests/make-manifests.ts'
import { makeModels } from './models/make-models.ts'
import { makeRegistration } from './registration/make-registration.ts'
import type { Registry } from './registry.ts'
import { makeRegistrySearch } from './search/make-registry-search.ts'
import { makeVersionVerbs } from './versions/make-version-verbs.ts'

/** The verbs of this module, by noun. */
export function makeRegistry(deps: RegistryDeps): Registry {
  return {
    models: makeModels(deps),
    versions: {
      ...makeVersionVerbs(deps),
      ...makeRegistration(deps),
      whereUsed: makeWhereUsed(deps),
    },
    search: makeRegistrySearch(deps),
    manifests: makeManifests(deps),
    archives: makeArchives(deps),
    compare: makeCompare(deps),
  }
}
