import { type Caller, missing } from '@orrery/base/kernel'
import type { Page } from '@orrery/drivers/artifacts'
import type { ArtifactDeps } from './artifact-deps.ts'
import { findOwner, inWorkspace, storeKey } from './owner.ts'

/**
 * The direct children of a folder, by the bytes of their names. A file and a folder that does not exist list as
 * empty, as in MLflow.
 *
 * Above the owners' folders (the root, an experiment) only those may look who may read every experiment.
 *
 * @param folder canonical path (`parseArtifactFolder`); `''` is the root of the workspace
 */
export function makeListArtifacts({ db, store }: Pick<ArtifactDeps, 'db' | 'store'>) {
  return async function listArtifacts(
    caller: Caller,
    folder: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<Page> {
    if (caller.readable('experiment').kind === 'all') {
      return store.list(storeKey(caller, inWorkspace(caller, folder)), page)
    }
    if (folder === '')
      throw missing('The root cannot be listed by callers who may not read every experiment; name a folder.')
    const { key } = await findOwner(db.read, caller, folder)
    return store.list(key, page)
  }
}
