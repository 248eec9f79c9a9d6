import type { Caller } from '@orrery/base/kernel'
import type { ArtifactDeps } from './artifact-deps.ts'
import { artifactSubject, askHolds } from './ask-holds.ts'
import { dropRowsBelow } from './drop-rows.ts'
import { findWritable } from './owner.ts'
import type { RecordFile } from './record-file.ts'

/** Files that one slice removes: each costs its system calls on the pool, none on the loop. */
const SLICE_FILES = 500

/**
 * Removes a file, or a folder with all that is in it, for good; what is not there is fine, as in MLflow. One event
 * tells how much went.
 *
 * @param path canonical (`parseArtifactPath`); an owner's whole folder is allowed, anything above is not
 */
export function makeDeleteArtifact(deps: ArtifactDeps, { recordDeleted }: RecordFile) {
  const { db, store, emit } = deps

  return async function deleteArtifact(caller: Caller, path: string): Promise<void> {
    const target = await findWritable(db.read, caller, path, 'artifact.delete')
    const { experiment } = target
    await askHolds(deps, caller, target, 'remove')
    const facts = target.path === '' ? undefined : await store.stat(target.key)
    let gone = { files: 0, bytes: 0 }
    if (facts !== undefined && (await store.delete(target.key))) {
      gone = { files: 1, bytes: facts.size }
      await recordDeleted(caller, target)
    } else {
      gone = await emptyFolder(deps, target.key)
      await dropRowsBelow(deps, caller.workspace.key, target)
    }
    if (gone.files === 0) return
    await db.inTx((tx) =>
      emit(tx, caller, {
        type: 'artifact.deleted',
        subject: artifactSubject(target),
        ...(experiment === undefined ? {} : { on: experiment }),
        before: gone,
      }),
    )
  }
}

export async function emptyFolder({ store }: Pick<ArtifactDeps, 'store'>, key: string) {
  const gone = { files: 0, bytes: 0 }
  for (;;) {
    const slice = await store.deleteFolder(key, { limit: SLICE_FILES })
    gone.files += slice.files
    gone.bytes += slice.bytes
    if (slice.done) return gone
  }
}
