import type { RegistryDeps } from '../deps.ts'
import type { Manifests } from '../registry.ts'
import { makeAdvise } from './advise.ts'
import { makeCheckManifest } from './check-manifest.ts'
import { makeGetAdvice } from './get-advice.ts'
import { makeListManifest } from './list-manifest.ts'
import { makeLocateFile } from './locate-file.ts'

/** The verbs of what versions consist of. */
export function makeManifests(deps: RegistryDeps): Manifests {
  return {
    list: makeListManifest(deps),
    check: makeCheckManifest(deps),
    locate: makeLocateFile(deps),
    advice: makeGetAdvice(deps),
    advise: makeAdvise(deps),
  }
}
