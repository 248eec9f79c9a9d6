import { type Caller, invalid, Problem } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import { queueRemoval } from '../removals/queue-removal.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { DEFAULT_EXPERIMENT_ID } from './experiment.ts'
import { findExperimentFor } from './find-experiment.ts'

const drop = statement('tracking.drop-experiment', (k: Kysely<TrackingTables>, p: { experiment: number }) =>
  k.deleteFrom('experiments').where('experiment_key', '=', p.experiment),
)

/**
 * Deletes an experiment for good, with all its runs, logged models and their files; its name is free again. It is
 * gone for everybody when this resolves; the rest follows in the background.
 *
 * @throws INVALID_STATE unless the experiment has been deleted before
 */
export function makeRemoveExperiment({ db, emit, wakeRemovals, ownership, policy }: TrackingDeps) {
  return async function removeExperiment(caller: Caller, input: { experimentId: string }): Promise<void> {
    await db.inTx(async (tx) => {
      const found = await findExperimentFor(tx, caller, input.experimentId, 'experiment.delete')
      const id = found.experimentId
      if (id === DEFAULT_EXPERIMENT_ID) throw invalid('The Default experiment cannot be removed.')
      if (found.lifecycle !== 'deleted') {
        throw new Problem(
          'INVALID_STATE',
          `The experiment ${id} is active; only a deleted one can be removed.`,
          {
            hint: 'Delete it first (experiments/delete); until it is removed it can be restored.',
          },
        )
      }
      const subject = `experiments/${id}`
      await policy?.ask(tx, caller, { kind: 'remove', subject, held: [subject] })
      await tx.run(drop, { experiment: found.key })
      await ownership.removed(tx, caller, { kind: 'experiment', key: found.key })
      await queueRemoval(tx, {
        workspaceKey: caller.workspace.key,
        kind: 'experiment',
        target: found.key,
        externalId: id,
        artifactUri: null,
      })
      await emit(tx, caller, {
        type: 'experiment.removed',
        subject,
        on: found.key,
        before: { name: found.name },
      })
      tx.afterCommit(wakeRemovals)
    })
  }
}
