import { Problem } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import { parseExperimentId } from '../experiments/find-experiment.ts'
import type { TrackingTables } from '../tracking-tables.ts'

/*
 * What names in grants mean. These ask nobody what a caller may see: they are for whoever decides that.
 */

const keyById = statement(
  'tracking.experiment-key',
  (k: Kysely<TrackingTables>, p: { workspace: number; id: string }) =>
    k
      .selectFrom('experiments')
      .select('experiment_key as key')
      .where('workspace_key', '=', p.workspace)
      .where('experiment_id', '=', p.id),
)

const idsByKey = statement(
  'tracking.experiment-ids',
  (k: Kysely<TrackingTables>, p: { workspace: number; keys: readonly number[] }, words) =>
    k
      .selectFrom('experiments')
      .select(['experiment_key as key', 'experiment_id as name'])
      .where(words.among(sql.ref('experiment_key'), p.keys))
      .where('workspace_key', '=', p.workspace),
)

const runningOf = statement(
  'tracking.running-of',
  (k: Kysely<TrackingTables>, p: { runs: readonly number[] }, words) =>
    k
      .selectFrom('runs')
      .innerJoin('experiments', 'experiments.experiment_key', 'runs.experiment_key')
      .select('runs.run_key as key')
      .where(words.among(sql.ref('runs.run_key'), p.runs))
      .where('runs.status', 'in', ['RUNNING', 'SCHEDULED'])
      .where('experiments.lifecycle', '=', 'active')
      .where((e) =>
        e.or([
          e('runs.deleted_epoch', 'is', null),
          e('runs.deleted_epoch', '<>', e.ref('experiments.epoch')),
        ]),
      ),
)

/** The key of the experiment of an id, deleted or not; undefined where there is none, or where no id reads so. */
export async function findExperimentKey(
  reads: Reads,
  workspaceKey: number,
  given: string,
): Promise<number | undefined> {
  let id: string
  try {
    id = parseExperimentId(given)
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
  return (await reads.first(keyById, { workspace: workspaceKey, id }))?.key
}

/** The ids of keys; those that are gone are left out. */
export async function experimentNames(
  reads: Reads,
  workspaceKey: number,
  keys: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const rows = await reads.all(idsByKey, { workspace: workspaceKey, keys })
  return new Map(rows.map(({ key, name }) => [key, name]))
}

/** Which of these runs have neither ended nor been deleted. */
export async function runningRuns(reads: Reads, runKeys: readonly number[]): Promise<readonly number[]> {
  return (await reads.all(runningOf, { runs: runKeys })).map(({ key }) => key)
}
