import type { Caller } from '@orrery/base/kernel'
import type { TrackingDeps } from '../deps.ts'
import { findLoggedModel } from './find-logged-model.ts'
import { loadLoggedModels } from './load-logged-models.ts'
import type { LoggedModel, LoggedModelStatus } from './logged-model.ts'
import { setModelState } from './logged-model-rows.ts'

/** Says how the upload of a model ended. Any status may follow any other, also on a deleted model, as in MLflow. */
export function makeFinalizeLoggedModel({ db, emit, clock }: TrackingDeps) {
  return async function finalizeLoggedModel(
    caller: Caller,
    input: { modelId: string; status: LoggedModelStatus },
  ): Promise<LoggedModel> {
    const { modelId, status } = input
    const now = clock()
    const found = await db.inTx(async (tx) => {
      const before = await findLoggedModel(tx, caller, modelId)
      await tx.run(setModelState, { model: before.key, status, lifecycle: before.lifecycle, now })
      await emit(tx, caller, {
        type: 'logged-model.finalized',
        subject: `logged-models/${modelId}`,
        before: { status: before.status },
        after: { status },
      })
      return before
    })
    const [model] = await db.scan((reads) => loadLoggedModels(reads, [{ ...found, status, updatedAt: now }]))
    return model!
  }
}
