import { type Caller, invalid, type Readable } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { type Expression, type SqlBool, sql } from 'kysely'
import { parseExperimentId } from '../experiments/find-experiment.ts'
import type { Lifecycle } from '../runs/run.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import type { Condition } from './conditions.ts'

/** SQLite binds 32,766 values in one statement; nobody looks through this many experiments at once. */
const MAX_EXPERIMENTS = 10_000

/** One of the experiments that a search looks into. */
export interface ScopedExperiment {
  readonly key: number
  readonly lifecycle: Lifecycle
}

/** What the caller may read, as a condition on a column of experiment keys. */
export function readableCondition(column: string, readable: Readable): Condition | undefined {
  if (readable.kind === 'all') return undefined
  const among = readable.keys.length > 0 ? sql.join([...readable.keys]) : sql`null`
  if (readable.kind === 'only') return sql<SqlBool>`${sql.ref(column)} in (${among})`
  return readable.keys.length > 0 ? sql<SqlBool>`${sql.ref(column)} not in (${among})` : undefined
}

/**
 * As `readableCondition`, with one placeholder whatever the number of keys: a caller with 5,000 single grants does not
 * make the engine compile 5,000 placeholders anew with every search.
 */
export function readableAmong(
  reads: Reads,
  column: string | Expression<unknown>,
  readable: Readable,
): Condition | undefined {
  if (readable.kind === 'all') return undefined
  const among = reads.words.among(typeof column === 'string' ? sql.ref(column) : column, readable.keys)
  if (readable.kind === 'only') return among
  return readable.keys.length > 0 ? sql<SqlBool>`not (${among})` : undefined
}

/**
 * The experiments of those ids that are in the caller's workspace and that the caller may read; others are as
 * good as not there, and so are ids that nobody has. In the order of their keys.
 */
export async function scopeOf(
  reads: Reads,
  caller: Caller,
  experimentIds: readonly string[],
): Promise<ScopedExperiment[]> {
  const ids = [...new Set(experimentIds.map(parseExperimentId))]
  if (ids.length > MAX_EXPERIMENTS) {
    throw invalid(
      `Invalid experiment_ids: ${ids.length} are given, at most ${MAX_EXPERIMENTS} are allowed.`,
      'Search them in several calls.',
    )
  }
  if (ids.length === 0) return []
  // The plus keeps SQLite from looking up each id with each key: 500 ids with 5,000 keys take 1 ms, not 300.
  const readable = readableAmong(reads, sql`+experiment_key`, caller.readable('experiment'))
  let query = reads
    .tables<TrackingTables>()
    .selectFrom('experiments')
    .select(['experiment_key as key', 'lifecycle'])
    .where('workspace_key', '=', caller.workspace.key)
    .where('experiment_id', 'in', ids)
    .orderBy('experiment_key')
  if (readable !== undefined) query = query.where(readable)
  return query.execute()
}
