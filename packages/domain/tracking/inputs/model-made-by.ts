import type { Caller } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { readableAmong } from '../search/experiment-scope.ts'
import type { TrackingTables } from '../tracking-tables.ts'

/**
 * The id of the logged model of that name that a run named as its output; of several the one of the largest step, as
 * MLflow's client chooses for `runs:/<run id>/<name>`. Undefined if the run made none, or may not be read.
 */
export async function modelMadeBy(
  reads: Reads,
  caller: Caller,
  { runId, name }: { readonly runId: string; readonly name: string },
): Promise<string | undefined> {
  let query = reads
    .tables<TrackingTables>()
    .selectFrom('runs')
    .innerJoin('run_models', 'run_models.run_key', 'runs.run_key')
    .innerJoin('logged_models', 'logged_models.model_id', 'run_models.model_id')
    .select('logged_models.model_id as modelId')
    .where('runs.workspace_key', '=', caller.workspace.key)
    .where('runs.run_id', '=', runId)
    .where('run_models.direction', '=', 'output')
    .where('logged_models.workspace_key', '=', caller.workspace.key)
    .where('logged_models.name', '=', name)
    .where('logged_models.lifecycle', '=', 'active')
    .orderBy('run_models.step', 'desc')
    .orderBy('logged_models.model_key', 'desc')
    .limit(1)
  const readable = readableAmong(reads, 'runs.experiment_key', caller.readable('experiment'))
  if (readable !== undefined) query = query.where(readable)
  return (await query.executeTakeFirst())?.modelId
}
