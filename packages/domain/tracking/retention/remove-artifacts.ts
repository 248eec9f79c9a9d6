import { type Caller, Problem } from '@orrery/base/kernel'
import type { TrackingDeps } from '../deps.ts'
import { findLoggedModelFor } from '../logged-models/find-logged-model.ts'
import type { RemoveFiles } from '../removals/work-off-removals.ts'
import { takeRun } from '../runs/find-run.ts'
import { bytesBelow } from './bytes-below.ts'

type Deps = Pick<TrackingDeps, 'db' | 'emit' | 'policy'> & { readonly removeFiles: RemoveFiles }

/**
 * Removes the files of a soft-deleted run or logged model for good; what was logged stays, and can be restored without
 * them.
 *
 * @param subject `runs/<id>` or `logged-models/<id>`
 * @throws INVALID_STATE where it is active again
 */
export function makeRemoveArtifacts({ db, emit, policy, removeFiles }: Deps) {
  return async function removeArtifacts(caller: Caller, subject: string): Promise<void> {
    const [kind, id] = subject.split('/') as [string, string]
    const uri = await db.inTx(async (tx) => {
      const owner =
        kind === 'runs'
          ? await takeRun(tx, caller, id, 'run.delete')
          : await findLoggedModelFor(tx, caller, id, 'run.delete')
      if (owner.lifecycle !== 'deleted') throw new Problem('INVALID_STATE', `'${subject}' is active again.`)
      const files = `${subject}/artifacts`
      await policy?.ask(tx, caller, {
        ...{ kind: 'remove', subject: files, held: [files, subject, `experiments/${owner.experimentId}`] },
      })
      const gone = (await bytesBelow(tx, caller.workspace.key, [owner.artifactUri])).get(owner.artifactUri)
      if (gone === undefined) return undefined
      await emit(tx, caller, {
        type: 'artifact.deleted',
        subject: files,
        on: owner.experimentKey,
        before: { files: gone.files, bytes: gone.bytes },
      })
      return owner.artifactUri
    })
    // A power cut before it is done leaves rows of the files, and the next night finds them.
    if (uri !== undefined) await removeFiles(caller.workspace.key, uri)
  }
}
