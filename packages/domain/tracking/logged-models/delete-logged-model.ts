import type { Caller } from '@orrery/base/kernel'
import type { TrackingDeps } from '../deps.ts'
import { findLoggedModel } from './find-logged-model.ts'
import { setModelState } from './logged-model-rows.ts'

/** Puts a logged model aside. Its files and rows stay; deleting it again changes nothing. */
export function makeDeleteLoggedModel({ db, emit, clock }: TrackingDeps) {
  return async function deleteLoggedModel(caller: Caller, input: { modelId: string }): Promise<void> {
    await db.inTx(async (tx) => {
      const found = await findLoggedModel(tx, caller, input.modelId)
      if (found.lifecycle === 'deleted') return
      const { key: model, status } = found
      await tx.run(setModelState, { model, status, lifecycle: 'deleted', now: clock() })
      await emit(tx, caller, { type: 'logged-model.deleted', subject: `logged-models/${found.modelId}` })
    })
  }
}
