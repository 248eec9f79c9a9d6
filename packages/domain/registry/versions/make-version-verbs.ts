import type { RegistryDeps } from '../deps.ts'
import type { Versions } from '../registry.ts'
import { makeDeleteVersion } from './delete-version.ts'
import { makeDeleteVersionTag } from './delete-version-tag.ts'
import { makeGetDownloadUri } from './get-download-uri.ts'
import { makeGetVersion } from './get-version.ts'
import { makeGetVersionByAlias } from './get-version-by-alias.ts'
import { makeSetVersionTag } from './set-version-tag.ts'
import { makeTransitionStage } from './transition-stage.ts'
import { makeUpdateVersion } from './update-version.ts'

/** The verbs of versions that exist; `registration/` makes them. */
export function makeVersionVerbs(
  deps: RegistryDeps,
): Pick<
  Versions,
  'get' | 'getByAlias' | 'update' | 'transitionStage' | 'delete' | 'downloadUri' | 'setTag' | 'deleteTag'
> {
  return {
    get: makeGetVersion(deps),
    getByAlias: makeGetVersionByAlias(deps),
    update: makeUpdateVersion(deps),
    transitionStage: makeTransitionStage(deps),
    delete: makeDeleteVersion(deps),
    downloadUri: makeGetDownloadUri(deps),
    setTag: makeSetVersionTag(deps),
    deleteTag: makeDeleteVersionTag(deps),
  }
}
