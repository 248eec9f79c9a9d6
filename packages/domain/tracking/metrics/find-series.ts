import { type Caller, readableHas } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'

/** A series of a run that the caller may read. */
export interface FoundSeries {
  readonly runId: string
  readonly experimentKey: number
  readonly seriesKey: number
  readonly key: string
  readonly points: number
  /** Below this rank every 64th point has its mark; all have, once it reaches `points`. */
  readonly marked: number
  /** 1 where the order of steps is also the order of time. */
  readonly inTimeOrder: number
}

const seriesOfRuns = statement(
  'tracking.series-of-runs',
  (
    k: Kysely<TrackingTables>,
    p: { workspace: number; runIds: readonly string[]; keys: readonly string[] },
    words,
  ) =>
    k
      .selectFrom('runs')
      .innerJoin('series', 'series.run_key', 'runs.run_key')
      .select([
        'runs.run_id as runId',
        'runs.experiment_key as experimentKey',
        'series.series_key as seriesKey',
        'series.key as key',
        'series.points as points',
        'series.marked as marked',
        'series.in_time_order as inTimeOrder',
      ])
      .where('runs.workspace_key', '=', p.workspace)
      .where(words.among(sql.ref('runs.run_id'), p.runIds))
      .where(words.among(sql.ref('series.key'), p.keys)),
)

/** The series of these runs and keys, as far as they exist: a run that is not there has none, as in MLflow. */
export async function findSeries(
  reads: Reads,
  caller: Caller,
  runIds: readonly string[],
  keys: readonly string[],
): Promise<FoundSeries[]> {
  const readable = caller.readable('experiment')
  const found = await reads.all(seriesOfRuns, { workspace: caller.workspace.key, runIds, keys })
  return found.filter((series) => readableHas(readable, series.experimentKey))
}
