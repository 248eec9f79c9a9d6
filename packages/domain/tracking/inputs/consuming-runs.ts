import type { Caller } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { readableAmong } from '../search/experiment-scope.ts'
import type { TrackingTables } from '../tracking-tables.ts'

/** The ids of the runs that named a logged model as their input and that the caller may read, oldest first. */
export async function consumingRuns(
  reads: Reads,
  caller: Caller,
  modelId: string,
  limit: number,
): Promise<string[]> {
  let query = reads
    .tables<TrackingTables>()
    .selectFrom('run_models')
    .innerJoin('runs', 'runs.run_key', 'run_models.run_key')
    .select('runs.run_id as runId')
    .where('run_models.model_id', '=', modelId)
    .where('run_models.direction', '=', 'input')
    .where('runs.workspace_key', '=', caller.workspace.key)
    .orderBy('run_models.run_key')
    .limit(limit)
  const readable = readableAmong(reads, 'runs.experiment_key', caller.readable('experiment'))
  if (readable !== undefined) query = query.where(readable)
  return (await query.execute()).map(({ runId }) => runId)
}
