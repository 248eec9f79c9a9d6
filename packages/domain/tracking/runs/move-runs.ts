import { type Caller, invalid } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import { findActiveExperiment } from '../experiments/find-experiment.ts'
import { moveDatasets } from '../inputs/move-datasets.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { takeActiveRun } from './find-run.ts'

const MAX_RUNS = 100

const moveRun = statement(
  'tracking.move-run',
  (k: Kysely<TrackingTables>, p: { run: number; experiment: number }) =>
    k
      .updateTable('runs')
      .set({ experiment_key: p.experiment, deleted_epoch: null, deleted_at: null })
      .where('run_key', '=', p.run),
)

const moveLatest = statement(
  'tracking.move-latest',
  (k: Kysely<TrackingTables>, p: { run: number; experiment: number }) =>
    k.updateTable('latest').set({ experiment_key: p.experiment }).where('run_key', '=', p.run),
)

/**
 * Moves active runs into another experiment of the workspace: all of them or none. Their files stay where they are
 * (`artifact_uri` does not change), and so do the logged models that they made.
 */
export function makeMoveRuns({ db, emit, policy }: TrackingDeps) {
  return async function moveRuns(
    caller: Caller,
    input: { runIds: readonly string[]; experimentId: string },
  ): Promise<void> {
    const runIds = Array.from(new Set(input.runIds)).sort()
    if (runIds.length === 0 || runIds.length > MAX_RUNS) {
      throw invalid(`'run_ids' names ${runIds.length} runs; 1 to ${MAX_RUNS} can be moved in one call.`)
    }
    await db.inTx(async (tx) => {
      const target = await findActiveExperiment(tx, caller, input.experimentId, 'run.write')
      for (const runId of runIds) {
        const run = await takeActiveRun(tx, caller, runId, 'run.write')
        if (run.experimentKey === target.key) continue
        const subject = `runs/${runId}`
        const from = `experiments/${run.experimentId}`
        await policy?.ask(tx, caller, { kind: 'move', subject, held: [subject, from] })
        await tx.run(moveRun, { run: run.key, experiment: target.key })
        await tx.run(moveLatest, { run: run.key, experiment: target.key })
        await moveDatasets(tx, run.key, target.key)
        await emit(tx, caller, {
          type: 'run.moved',
          subject,
          on: target.key,
          also: [from],
          before: { experimentId: run.experimentId },
          after: { experimentId: target.experimentId },
        })
      }
    })
  }
}
