import type { Caller } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import { checkExperimentTag } from '../entries.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { findActiveExperiment } from './find-experiment.ts'

export const setExperimentTagRow = statement(
  'tracking.set-experiment-tag',
  (k: Kysely<TrackingTables>, p: { experiment: number; key: string; value: string }) =>
    k
      .insertInto('experiment_tags')
      .values({ experiment_key: p.experiment, key: p.key, value: p.value })
      .onConflict((clash) => clash.columns(['experiment_key', 'key']).doUpdateSet({ value: p.value })),
)

/** Sets a tag, new or not. The experiment must be active. */
export function makeSetExperimentTag({ db, emit }: TrackingDeps) {
  return async function setExperimentTag(
    caller: Caller,
    input: { experimentId: string; key: string; value: string },
  ): Promise<void> {
    const { key, value } = input
    checkExperimentTag({ key, value })
    await db.inTx(async (tx) => {
      const experiment = await findActiveExperiment(tx, caller, input.experimentId, 'experiment.write')
      await tx.run(setExperimentTagRow, { experiment: experiment.key, key, value })
      await emit(tx, caller, {
        type: 'experiment.tag-set',
        subject: `experiments/${experiment.experimentId}`,
        on: experiment.key,
        after: { tags: { [key]: value } },
      })
    })
  }
}
