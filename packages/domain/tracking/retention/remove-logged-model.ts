import { type Caller, Problem } from '@orrery/base/kernel'
import type { TrackingDeps } from '../deps.ts'
import { findLoggedModelFor } from '../logged-models/find-logged-model.ts'
import { queueRemoval } from '../removals/queue-removal.ts'
import { dropModel } from '../removals/work-off-removals.ts'

type Deps = Pick<TrackingDeps, 'db' | 'emit' | 'wakeRemovals' | 'policy'>

/**
 * Deletes a logged model for good, with its files. It is gone for everybody when this resolves; its rows and files follow
 * in the background.
 *
 * @throws INVALID_STATE unless it has been deleted before
 */
export function makeRemoveLoggedModel({ db, emit, wakeRemovals, policy }: Deps) {
  return async function removeLoggedModel(caller: Caller, input: { modelId: string }): Promise<void> {
    await db.inTx(async (tx) => {
      const model = await findLoggedModelFor(tx, caller, input.modelId, 'run.delete')
      const { modelId, experimentId } = model
      if (model.lifecycle !== 'deleted') {
        throw new Problem(
          'INVALID_STATE',
          `The logged model ${modelId} is active; only a deleted one can be removed.`,
          { hint: 'Delete it first (logged-models).' },
        )
      }
      const subject = `logged-models/${modelId}`
      await policy?.ask(tx, caller, {
        ...{ kind: 'remove', subject, held: [subject, `experiments/${experimentId}`] },
      })
      if ((await tx.run(dropModel, { model: model.key })) === 0) return
      await queueRemoval(tx, {
        workspaceKey: caller.workspace.key,
        kind: 'logged-model',
        target: model.key,
        externalId: modelId,
        artifactUri: model.artifactUri,
      })
      await emit(tx, caller, {
        type: 'logged-model.removed',
        subject,
        on: model.experimentKey,
        before: { name: model.name, experimentId },
      })
      tx.afterCommit(wakeRemovals)
    })
  }
}
