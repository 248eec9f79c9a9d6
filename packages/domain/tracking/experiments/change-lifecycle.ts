import { type Caller, missing } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { findExperimentFor } from './find-experiment.ts'

const setLifecycle = statement(
  'tracking.set-experiment-lifecycle',
  (
    k: Kysely<TrackingTables>,
    p: { key: number; lifecycle: 'active' | 'deleted'; epoch: number; now: number },
  ) =>
    k
      .updateTable('experiments')
      .set({ lifecycle: p.lifecycle, epoch: p.epoch, updated_at: p.now })
      .where('experiment_key', '=', p.key),
)

/** Puts an experiment aside, and its runs with it: they are read through it, none is rewritten. */
export function makeDeleteExperiment({ db, emit, clock, policy }: TrackingDeps) {
  return async function deleteExperiment(caller: Caller, input: { experimentId: string }): Promise<void> {
    await db.inTx(async (tx) => {
      const found = await findExperimentFor(tx, caller, input.experimentId, 'experiment.delete')
      if (found.lifecycle !== 'active') throw missing(`No Experiment with id=${found.experimentId} exists`)
      const subject = `experiments/${found.experimentId}`
      await policy?.ask(tx, caller, { kind: 'delete', subject })
      await tx.run(setLifecycle, { key: found.key, lifecycle: 'deleted', epoch: found.epoch, now: clock() })
      await emit(tx, caller, { type: 'experiment.deleted', subject, on: found.key })
    })
  }
}

/** Brings an experiment back, and all its runs, also those deleted one by one before: a new epoch forgets that. */
export function makeRestoreExperiment({ db, emit, clock, policy }: TrackingDeps) {
  return async function restoreExperiment(caller: Caller, input: { experimentId: string }): Promise<void> {
    await db.inTx(async (tx) => {
      const found = await findExperimentFor(tx, caller, input.experimentId, 'experiment.delete')
      if (found.lifecycle !== 'deleted') throw missing(`No Experiment with id=${found.experimentId} exists`)
      const subject = `experiments/${found.experimentId}`
      await policy?.ask(tx, caller, { kind: 'restore', subject })
      await tx.run(setLifecycle, {
        key: found.key,
        lifecycle: 'active',
        epoch: found.epoch + 1,
        now: clock(),
      })
      await emit(tx, caller, { type: 'experiment.restored', subject, on: found.key })
    })
  }
}
