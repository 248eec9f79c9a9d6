import { type Caller, missing } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { findLoggedModelFor } from './find-logged-model.ts'

const remove = statement(
  'tracking.delete-logged-model-tag',
  (k: Kysely<TrackingTables>, p: { model: number; key: string }) =>
    k.deleteFrom('logged_model_tags').where('model_key', '=', p.model).where('key', '=', p.key),
)

/** Removes a tag. Throws RESOURCE_DOES_NOT_EXIST when the model has none of that key. */
export function makeDeleteLoggedModelTag({ db, emit }: TrackingDeps) {
  return async function deleteLoggedModelTag(
    caller: Caller,
    input: { modelId: string; key: string },
  ): Promise<void> {
    const { modelId, key } = input
    await db.inTx(async (tx) => {
      const model = await findLoggedModelFor(tx, caller, modelId, 'run.write')
      const removed = await tx.run(remove, { model: model.key, key })
      if (removed === 0) throw missing(`No tag with key '${key}' found for model with ID '${modelId}'.`)
      await emit(tx, caller, {
        type: 'logged-model.tag-deleted',
        subject: `logged-models/${modelId}`,
        on: model.experimentKey,
        before: { key },
      })
    })
  }
}
