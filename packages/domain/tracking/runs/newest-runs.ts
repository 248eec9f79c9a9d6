import type { Caller } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { readableAmong } from '../search/experiment-scope.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { loadRuns } from './load-runs.ts'
import type { Run } from './run.ts'

export interface NewRun {
  readonly run: Run
  readonly experimentName: string
}

/** The active runs that were made last, newest first, of all experiments that the caller may read. */
export function makeNewestRuns({ db }: { db: Database }) {
  return async function newestRuns(caller: Caller, input: { limit: number }): Promise<NewRun[]> {
    return db.scan(async (reads) => {
      const readable = readableAmong(reads, 'runs.experiment_key', caller.readable('experiment'))
      const rows = await reads
        .tables<TrackingTables>()
        .selectFrom('runs')
        .innerJoin('experiments', 'experiments.experiment_key', 'runs.experiment_key')
        .select(['runs.run_key as key', 'runs.run_id as runId', 'experiments.name as experiment'])
        .where('runs.workspace_key', '=', caller.workspace.key)
        .where('experiments.lifecycle', '=', 'active')
        .where((e) =>
          e.or([
            e('runs.deleted_epoch', 'is', null),
            e('runs.deleted_epoch', '!=', e.ref('experiments.epoch')),
          ]),
        )
        .$if(readable !== undefined, (query) => query.where(readable!))
        .orderBy('runs.run_key', 'desc')
        .limit(input.limit)
        .execute()
      const runs = await loadRuns(
        reads,
        rows.map(({ key }) => key),
      )
      const names = new Map(rows.map(({ runId, experiment }) => [runId, experiment]))
      return runs.map((run) => ({ run, experimentName: names.get(run.info.runId)! }))
    })
  }
}
