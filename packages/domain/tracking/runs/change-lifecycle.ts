import type { Caller } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { takeRun } from './find-run.ts'

const mark = statement(
  'tracking.mark-run-deleted',
  (k: Kysely<TrackingTables>, p: { run: number; epoch: number | null; at: number | null }) =>
    k.updateTable('runs').set({ deleted_epoch: p.epoch, deleted_at: p.at }).where('run_key', '=', p.run),
)

/** Puts a run aside. Doing it again changes nothing. */
export function makeDeleteRun({ db, emit, clock, policy }: TrackingDeps) {
  return async function deleteRun(caller: Caller, input: { runId: string }): Promise<void> {
    await db.inTx(async (tx) => {
      const run = await takeRun(tx, caller, input.runId, 'run.delete')
      const subject = `runs/${input.runId}`
      if (run.lifecycle === 'active') await policy?.ask(tx, caller, { kind: 'delete', subject })
      await tx.run(mark, { run: run.key, epoch: run.epoch, at: clock() })
      await emit(tx, caller, { type: 'run.deleted', subject, on: run.experimentKey })
    })
  }
}

/** Brings a run back. Doing it again changes nothing; a run whose experiment is deleted stays hidden with it. */
export function makeRestoreRun({ db, emit, policy }: TrackingDeps) {
  return async function restoreRun(caller: Caller, input: { runId: string }): Promise<void> {
    await db.inTx(async (tx) => {
      const run = await takeRun(tx, caller, input.runId, 'run.delete')
      const subject = `runs/${input.runId}`
      if (run.lifecycle === 'deleted') await policy?.ask(tx, caller, { kind: 'restore', subject })
      await tx.run(mark, { run: run.key, epoch: null, at: null })
      await emit(tx, caller, { type: 'run.restored', subject, on: run.experimentKey })
    })
  }
}
