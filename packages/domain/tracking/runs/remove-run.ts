import { type Caller, Problem } from '@orrery/base/kernel'
import type { TrackingDeps } from '../deps.ts'
import { queueRemoval } from '../removals/queue-removal.ts'
import { dropRun } from '../removals/work-off-removals.ts'
import { takeRun } from './find-run.ts'

/**
 * Deletes a run for good, with everything logged to it and its files. It is gone for everybody when this resolves;
 * its rows and files follow in the background.
 *
 * @throws INVALID_STATE unless the run has been deleted before: one slip of the hand loses nothing
 */
export function makeRemoveRun({ db, emit, wakeRemovals, meter, policy }: TrackingDeps) {
  return async function removeRun(caller: Caller, input: { runId: string }): Promise<void> {
    await db.inTx(async (tx) => {
      const run = await takeRun(tx, caller, input.runId, 'run.delete')
      if (run.lifecycle !== 'deleted') {
        throw new Problem(
          'INVALID_STATE',
          `The run ${input.runId} is active; only a deleted run can be removed.`,
          {
            hint: 'Delete it first (runs/delete); until it is removed it can be restored.',
          },
        )
      }
      const subject = `runs/${input.runId}`
      const held = [subject, `experiments/${run.experimentId}`]
      await policy?.ask(tx, caller, { kind: 'remove', subject, held })
      await tx.run(dropRun, { run: run.key })
      await queueRemoval(tx, {
        workspaceKey: caller.workspace.key,
        kind: 'run',
        target: run.key,
        externalId: input.runId,
        artifactUri: run.artifactUri,
      })
      await emit(tx, caller, {
        type: 'run.removed',
        subject,
        on: run.experimentKey,
        before: { name: run.name, experimentId: run.experimentId },
      })
      await meter.count(tx, caller, 'runs', -1)
      tx.afterCommit(wakeRemovals)
    })
  }
}
