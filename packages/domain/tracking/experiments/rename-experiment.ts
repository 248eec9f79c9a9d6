import { type Caller, Problem } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import { checkLength } from '../entries.ts'
import { LIMITS } from '../limits.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { nameTaken } from './create-experiment.ts'
import { findExperimentFor } from './find-experiment.ts'

const rename = statement(
  'tracking.rename-experiment',
  (k: Kysely<TrackingTables>, p: { workspace: number; key: number; name: string; now: number }) =>
    k
      .updateTable('experiments')
      .set({ name: p.name, updated_at: p.now })
      .where('experiment_key', '=', p.key)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('experiments as other')
              .select('other.experiment_key')
              .where('other.workspace_key', '=', p.workspace)
              .where('other.name', '=', p.name)
              .where('other.experiment_key', '!=', p.key),
          ),
        ),
      ),
)

/** Gives an experiment another name. Throws INVALID_STATE for a deleted one, RESOURCE_ALREADY_EXISTS for a taken name. */
export function makeRenameExperiment({ db, emit, clock }: TrackingDeps) {
  return async function renameExperiment(
    caller: Caller,
    input: { experimentId: string; newName: string },
  ): Promise<void> {
    checkLength(input.newName, LIMITS.experimentName, 'name')
    await db.inTx(async (tx) => {
      const found = await findExperimentFor(tx, caller, input.experimentId, 'experiment.write')
      if (found.lifecycle !== 'active') {
        throw new Problem('INVALID_STATE', 'Cannot rename a non-active experiment.', {
          hint: 'Restore it first.',
        })
      }
      const changed = await tx.run(rename, {
        workspace: caller.workspace.key,
        key: found.key,
        name: input.newName,
        now: clock(),
      })
      if (changed === 0) throw nameTaken(input.newName)
      await emit(tx, caller, {
        type: 'experiment.renamed',
        subject: `experiments/${found.experimentId}`,
        on: found.key,
        before: { name: found.name },
        after: { name: input.newName },
      })
    })
  }
}
