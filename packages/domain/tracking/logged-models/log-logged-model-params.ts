import { type Caller, Problem } from '@orrery/base/kernel'
import type { TrackingDeps } from '../deps.ts'
import type { KeyValue } from '../runs/run.ts'
import { findLoggedModelFor } from './find-logged-model.ts'
import { asRecord, bytesOf, checkDistinctKeys, checkModelKeys, newModelParams } from './logged-model-rows.ts'

/**
 * Adds params to a logged model: all of them or none.
 *
 * @throws BAD_REQUEST for a key that the model has already, whatever its value, which is MLflow's code for it
 */
export function makeLogLoggedModelParams({ db, emit }: TrackingDeps) {
  return async function logLoggedModelParams(
    caller: Caller,
    input: { modelId: string; params: readonly KeyValue[] },
  ): Promise<void> {
    const { modelId, params } = input
    checkModelKeys(params, 'params')
    checkDistinctKeys(params, 'params')
    await db.inTx(
      async (tx) => {
        const model = await findLoggedModelFor(tx, caller, modelId, 'run.write')
        if (params.length === 0) return
        const rows = params.map(({ key, value }) => [model.key, key, value])
        const added = await tx.bulkMarked(newModelParams, rows)
        const clash = params[added.indexOf(0)]
        if (clash !== undefined) {
          throw new Problem(
            'BAD_REQUEST',
            `The logged model '${modelId}' has a param '${clash.key}' already.`,
            {
              hint: 'Params of a logged model cannot be changed. Nothing of this call was written.',
            },
          )
        }
        await emit(tx, caller, {
          type: 'logged-model.params-logged',
          subject: `logged-models/${modelId}`,
          on: model.experimentKey,
          after: { params: asRecord(params) },
        })
      },
      { bytes: bytesOf(params) },
    )
  }
}
