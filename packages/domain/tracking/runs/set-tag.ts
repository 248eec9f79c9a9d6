import type { Caller } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { TrackingDeps } from '../deps.ts'
import { asRunTag } from '../entries.ts'
import { type FoundRun, takeActiveRun } from './find-run.ts'
import type { KeyValue } from './run.ts'
import { putRunTag, RUN_NAME_TAG, renameRun } from './run-rows.ts'

/** Writes tags of a run in the given order, so that of two with one key the last stays. `mlflow.runName` renames the run. */
export async function writeTags(tx: Tx, run: FoundRun, tags: readonly KeyValue[]): Promise<void> {
  for (const tag of tags) {
    if (tag.key === RUN_NAME_TAG) {
      if (tag.value === '') continue
      await tx.run(renameRun, { run: run.key, name: tag.value })
    }
    await tx.run(putRunTag, { run: run.key, key: tag.key, value: tag.value })
  }
}

/** Sets one tag. */
export function makeSetTag({ db, emit }: TrackingDeps) {
  return async function setTag(
    caller: Caller,
    input: { runId: string; key: string; value: string },
  ): Promise<void> {
    const tag = asRunTag(input, '')
    await db.inTx(async (tx) => {
      const run = await takeActiveRun(tx, caller, input.runId, 'run.write')
      await writeTags(tx, run, [tag])
      await emit(tx, caller, {
        type: 'run.tags-set',
        subject: `runs/${input.runId}`,
        on: run.experimentKey,
        after: { tags: { [tag.key]: tag.value } },
      })
    })
  }
}
