import { type Caller, missing } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { takeActiveRun } from './find-run.ts'

const remove = statement(
  'tracking.delete-run-tag',
  (k: Kysely<TrackingTables>, p: { run: number; key: string }) =>
    k.deleteFrom('run_tags').where('run_key', '=', p.run).where('key', '=', p.key),
)

/** Removes a tag. Throws RESOURCE_DOES_NOT_EXIST when the run has none of that key. */
export function makeDeleteTag({ db, emit }: TrackingDeps) {
  return async function deleteTag(caller: Caller, input: { runId: string; key: string }): Promise<void> {
    await db.inTx(async (tx) => {
      const run = await takeActiveRun(tx, caller, input.runId, 'run.write')
      const removed = await tx.run(remove, { run: run.key, key: input.key })
      if (removed === 0) throw missing(`No tag with name: ${input.key} in run with id ${input.runId}`)
      await emit(tx, caller, {
        type: 'run.tag-deleted',
        subject: `runs/${input.runId}`,
        on: run.experimentKey,
        before: { key: input.key },
      })
    })
  }
}
