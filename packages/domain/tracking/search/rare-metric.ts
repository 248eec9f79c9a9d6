import type { Filter, MetricClause } from '@orrery/base/filter'
import type { Reads } from '@orrery/drivers/db'
import { sql } from 'kysely'
import { metricCondition } from './conditions.ts'
import type { ScopedExperiment } from './experiment-scope.ts'

/** Counting this many index entries takes about a millisecond; beyond it no metric counts as rare. */
const MOST_COUNTED = 20_000

/**
 * The place in the filter, counted from 1, of the metric clause that fewest runs fit, if they are so few that
 * reading just them beats walking along the order until a page is full; 0 if there is none. With m of N runs
 * fitting, a page of L is full after about L·N/m steps, so m wins below √(L·N). What else the filter asks makes the
 * walk longer and spares the few nothing; nobody knows by how much, so it counts as ten times each, twice at most.
 */
export async function findRareMetric(
  reads: Reads,
  filter: Filter,
  scope: readonly ScopedExperiment[],
  limit: number,
): Promise<number> {
  const metrics = filter.flatMap((clause, at) =>
    clause.entity === 'metric' && clause.op !== '!=' ? { clause, at: at + 1 } : [],
  )
  if (metrics.length === 0) return 0
  let fewest = await fewRuns(reads, limit * 10 ** Math.min(filter.length - 1, 2))
  let rarest = 0
  for (const { clause, at } of metrics.slice(0, MOST_PROBED)) {
    const count = await countUpTo(reads, clause, scope, fewest)
    if (count < fewest) [fewest, rarest] = [count, at]
  }
  return rarest
}

/** Each probe costs up to a millisecond; a filter with more metrics than this has its rare one early enough. */
const MOST_PROBED = 8

/** Below so many runs, reading just them is quicker than walking until a page of `limit` is full. */
export async function fewRuns(reads: Reads, limit: number): Promise<number> {
  const { rows } = await sql<{ last: number | null }>`select max(run_key) as last from runs`.execute(
    reads.tables(),
  )
  return Math.min(MOST_COUNTED, Math.ceil(Math.sqrt(limit * (rows[0]?.last ?? 0))))
}

async function countUpTo(
  reads: Reads,
  clause: MetricClause,
  scope: readonly ScopedExperiment[],
  most: number,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from (
      select 1 from latest as m
      where m.experiment_key in (${sql.join(scope.map(({ key }) => key))}) and m.key = ${clause.name}
        and ${metricCondition('m', clause)}
      limit ${most}) as fitting`.execute(reads.tables())
  return Number(rows[0]!.count)
}
