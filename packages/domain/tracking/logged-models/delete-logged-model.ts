import type { Caller } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { findLoggedModelFor } from './find-logged-model.ts'

const setDeleted = statement(
  'tracking.set-logged-model-deleted',
  (k: Kysely<TrackingTables>, p: { model: number; now: number }) =>
    k
      .updateTable('logged_models')
      .set({ lifecycle: 'deleted', updated_at: p.now })
      .where('model_key', '=', p.model)
      .where('lifecycle', '=', 'active'),
)

/** Puts a logged model aside. Its files and rows stay; deleting it again changes nothing. */
export function makeDeleteLoggedModel({ db, emit, clock, policy }: TrackingDeps) {
  return async function deleteLoggedModel(caller: Caller, input: { modelId: string }): Promise<void> {
    await db.inTx(async (tx) => {
      const model = await findLoggedModelFor(tx, caller, input.modelId, 'run.delete')
      const subject = `logged-models/${model.modelId}`
      if (model.lifecycle === 'active') await policy?.ask(tx, caller, { kind: 'delete', subject })
      const changed = await tx.run(setDeleted, { model: model.key, now: clock() })
      if (changed === 0) return
      await emit(tx, caller, { type: 'logged-model.deleted', subject, on: model.experimentKey })
    })
  }
}
