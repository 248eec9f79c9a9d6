import type { Caller } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { findLoggedModelFor } from './find-logged-model.ts'
import { loadLoggedModels } from './load-logged-models.ts'
import type { LoggedModel, LoggedModelStatus } from './logged-model.ts'

const setStatus = statement(
  'tracking.set-logged-model-status',
  (k: Kysely<TrackingTables>, p: { model: number; status: LoggedModelStatus; now: number }) =>
    k
      .updateTable('logged_models')
      .set({ status: p.status, updated_at: p.now })
      .where('model_key', '=', p.model),
)

/** Says how the upload of a model ended. Any status may follow any other, also on a deleted model, as in MLflow. */
export function makeFinalizeLoggedModel({ db, emit, clock }: TrackingDeps) {
  return async function finalizeLoggedModel(
    caller: Caller,
    input: { modelId: string; status: LoggedModelStatus },
  ): Promise<LoggedModel> {
    const { modelId, status } = input
    const now = clock()
    const found = await db.inTx(async (tx) => {
      const before = await findLoggedModelFor(tx, caller, modelId, 'run.write')
      await tx.run(setStatus, { model: before.key, status, now })
      await emit(tx, caller, {
        type: 'logged-model.finalized',
        subject: `logged-models/${modelId}`,
        on: before.experimentKey,
        before: { status: before.status },
        after: { status },
      })
      return before
    })
    const [model] = await db.scan((reads) => loadLoggedModels(reads, [{ ...found, status, updatedAt: now }]))
    return model!
  }
}
