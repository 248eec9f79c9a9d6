import type { Clause, Filter } from '@orrery/base/filter'
import type { Reads } from '@orrery/drivers/db'
import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { all, type Condition, textCondition } from '../../tracking/index.ts'
import { type TagTable, testOf } from './registry-conditions.ts'

/** Rows that an index finds, for a search to begin with. */
export interface Lead {
  /** The clause of the filter that they are found for. */
  readonly clause?: Clause
  /** What stands first in FROM. */
  readonly from: RawBuilder<unknown>
  /** Confines `from` to what an index finds; what is counted. */
  readonly found: readonly Condition[]
  /** What else is asked of those rows. */
  readonly also: readonly Condition[]
}

/** Counting this many index entries takes about a millisecond; beyond it nothing counts as rare. */
const MOST_COUNTED = 20_000

/** Each count costs up to a millisecond; a filter with more clauses has its rare one early enough. */
const MOST_COUNTS = 8

/**
 * The lead with the fewest rows, if they are so few that reading just them and sorting beats walking along the order
 * until a page is full. With m of N rows fitting, a page of L is full after about L·N/m steps, so m wins below √(L·N).
 */
export async function findLead(
  reads: Reads,
  leads: readonly Lead[],
  among: 'registered_models' | 'model_versions',
  limit: number,
): Promise<Lead | undefined> {
  if (leads.length === 0) return undefined
  const rows = await highestKey(reads, among)
  let fewest = Math.min(MOST_COUNTED, Math.ceil(Math.sqrt(limit * rows)))
  let rarest: Lead | undefined
  for (const lead of leads.slice(0, MOST_COUNTS)) {
    const count = await countUpTo(reads, lead, fewest)
    if (count < fewest) [fewest, rarest] = [count, lead]
  }
  return rarest
}

/** One lead for each clause on a tag. */
export function tagLeads(reads: Reads, filter: Filter, { table }: TagTable): Lead[] {
  return filter.flatMap((clause): Lead[] => {
    if (clause.entity !== 'tag') return []
    const test = testOf(clause)
    const asked = textCondition(reads, sql.ref('t.value'), test)
    const start = test.op === '=' ? startOf(test.value) : undefined
    return [
      {
        clause,
        from: sql`${sql.table(table)} as t`,
        found: [sql`t.key = ${clause.name}`, ...(start === undefined ? [] : [beginsWith(start)])],
        also: start === undefined || start.length === INDEXED ? [asked] : [],
      },
    ]
  })
}

/** How many characters of a value the indexes of tags hold. A shorter one stands in them whole. */
const INDEXED = 100

/** In characters: a string of ours counts halves of some. */
const startOf = (value: string): string[] => Array.from(value.slice(0, 2 * INDEXED)).slice(0, INDEXED)

const beginsWith = (start: readonly string[]): Condition =>
  sql<SqlBool>`substr(t.value, 1, 100) = ${start.join('')}`

async function highestKey(reads: Reads, table: 'registered_models' | 'model_versions'): Promise<number> {
  const key = sql.ref(table === 'model_versions' ? 'version_key' : 'model_key')
  const { rows } = await sql<{ last: number | null }>`select max(${key}) as last
    from ${sql.table(table)}`.execute(reads.tables())
  return rows[0]?.last ?? 0
}

async function countUpTo(reads: Reads, { from, found }: Lead, most: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from (
    select 1 from ${from} where ${all(found)} limit ${most}) as found`.execute(reads.tables())
  return Number(rows[0]!.count)
}
