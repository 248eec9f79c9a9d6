import type { Caller } from '@orrery/base/kernel'
import type { TrackingDeps } from '../deps.ts'
import type { KeyValue } from '../runs/run.ts'
import { findLoggedModelFor } from './find-logged-model.ts'
import { asRecord, bytesOf, checkModelKeys, modelTags } from './logged-model-rows.ts'

/** Sets tags, new or not; of two with one key the last stays. */
export function makeSetLoggedModelTags({ db, emit }: TrackingDeps) {
  return async function setLoggedModelTags(
    caller: Caller,
    input: { modelId: string; tags: readonly KeyValue[] },
  ): Promise<void> {
    checkModelKeys(input.tags, 'tags')
    const tags = new Map(input.tags.map(({ key, value }) => [key, value]))
    await db.inTx(
      async (tx) => {
        const model = await findLoggedModelFor(tx, caller, input.modelId, 'run.write')
        if (tags.size === 0) return
        await tx.bulk(
          modelTags,
          Array.from(tags, ([key, value]) => [model.key, key, value]),
        )
        await emit(tx, caller, {
          type: 'logged-model.tags-set',
          subject: `logged-models/${input.modelId}`,
          on: model.experimentKey,
          after: { tags: asRecord(input.tags) },
        })
      },
      { bytes: bytesOf(input.tags) },
    )
  }
}
