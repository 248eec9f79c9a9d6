import type { ArtifactDeps } from './artifact-deps.ts'
import { storePathOf } from './artifact-location.ts'
import { emptyFolder } from './delete-artifact.ts'
import { dropRowsBelow } from './drop-rows.ts'

/**
 * Removes the artifacts of a run or logged model that was deleted for good, by the `artifact_uri` that it had, in
 * slices. May be broken off and repeated. Files in other stores are not the server's to delete.
 */
export function makeDeleteArtifactsOf(deps: Pick<ArtifactDeps, 'db' | 'store' | 'meter'>) {
  return async function deleteArtifactsOf(workspaceKey: number, artifactUri: string): Promise<void> {
    const root = storePathOf(artifactUri)
    // Every owner's folder is made by the server and ends so; nothing less may be emptied.
    if (root === undefined || !/.\/artifacts$/.test(root)) return
    await emptyFolder(deps, `${workspaceKey}/${root}`)
    await dropRowsBelow(deps, workspaceKey, { root, path: '' })
  }
}
