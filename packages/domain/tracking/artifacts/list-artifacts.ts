import { type Caller, missing } from '@orrery/base/kernel'
import type { Entry, Page } from '@orrery/drivers/artifacts'
import type { ArtifactDeps } from './artifact-deps.ts'
import { findReadableOwner, inWorkspace, storeKey } from './owner.ts'
import { inVersionOf, REGISTRY } from './version-folder.ts'

/**
 * The direct children of a folder, by the bytes of their names. A file and a folder that does not exist list as
 * empty, as in MLflow.
 *
 * Above the owners' folders (the root, an experiment) only those may look who may read every experiment, and above
 * the registry's only who may read every model; with a confined credential nobody.
 *
 * @param folder canonical path (`parseArtifactFolder`); `''` is the root of the workspace
 */
export function makeListArtifacts({
  db,
  store,
  findVersionFolder,
  versionFiles,
}: Pick<ArtifactDeps, 'db' | 'store' | 'findVersionFolder' | 'versionFiles'>) {
  return async function listArtifacts(
    caller: Caller,
    folder: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<Page> {
    const whole = inWorkspace(caller, folder)
    const ofVersion = inVersionOf(whole)
    if (ofVersion !== undefined && versionFiles !== undefined) {
      return pageOf(await versionFiles.list(caller, ofVersion), page)
    }
    const kind = whole.split('/')[0] === REGISTRY ? 'model' : 'experiment'
    const mayReadAll =
      caller.readable(kind).kind === 'all' && (kind === 'model' || caller.may('artifact.read'))
    if (mayReadAll && caller.confinement === undefined) return store.list(storeKey(caller, whole), page)
    if (folder === '')
      throw missing('The root cannot be listed by callers who may not read every experiment; name a folder.')
    const { key } = await findReadableOwner(db.read, caller, folder, findVersionFolder)
    return store.list(key, page)
  }
}

/** A version has as many files as a manifest, which are in memory at once. */
function pageOf(entries: readonly Entry[], { after, limit }: { after?: string; limit: number }): Page {
  const behind = after === undefined ? entries : entries.filter(({ name }) => isBehind(name, after))
  const shown = behind.slice(0, limit)
  return behind.length > limit ? { entries: shown, next: shown.at(-1)!.name } : { entries: shown }
}

const isBehind = (name: string, after: string) => Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0
