import { type Caller, missing } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { findActiveExperiment } from './find-experiment.ts'

const remove = statement(
  'tracking.delete-experiment-tag',
  (k: Kysely<TrackingTables>, p: { experiment: number; key: string }) =>
    k.deleteFrom('experiment_tags').where('experiment_key', '=', p.experiment).where('key', '=', p.key),
)

/** Removes a tag. Throws RESOURCE_DOES_NOT_EXIST when the experiment has none of that key. */
export function makeDeleteExperimentTag({ db, emit }: TrackingDeps) {
  return async function deleteExperimentTag(
    caller: Caller,
    input: { experimentId: string; key: string },
  ): Promise<void> {
    await db.inTx(async (tx) => {
      const experiment = await findActiveExperiment(tx, caller, input.experimentId, 'experiment.write')
      const removed = await tx.run(remove, { experiment: experiment.key, key: input.key })
      if (removed === 0) {
        throw missing(`No tag with name: ${input.key} in experiment with id ${experiment.experimentId}`)
      }
      await emit(tx, caller, {
        type: 'experiment.tag-deleted',
        subject: `experiments/${experiment.experimentId}`,
        on: experiment.key,
        before: { key: input.key },
      })
    })
  }
}
