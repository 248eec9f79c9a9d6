import { type RawBuilder, sql } from 'kysely'
import { all, type Condition, ordering, type Term } from '../../tracking/index.ts'

/** Where a search begins, and what it asks. */
export interface Way {
  readonly from: RawBuilder<unknown>
  readonly conditions: readonly Condition[]
  /** What is searched, by its key. */
  readonly key: 'm.model_key' | 'v.version_key'
}

/** The first keys in the order of the terms, along an index that has the order where there is one. */
export function alongTerms(
  { from, conditions, key }: Way,
  terms: readonly Term[],
  limit: number,
): RawBuilder<{ key: number }> {
  return sql`select ${sql.ref(key)} as key from ${from} where ${all(conditions)}
    order by ${ordering(terms)} limit ${limit}`
}

/**
 * The same where few rows are meant to be found first and then sorted. Without the word both engines may walk along
 * an index that has the order, past every row that does not fit: 0.6 s instead of 1 ms for the version of a run.
 */
export function foundFirst(
  { from, conditions, key }: Way,
  terms: readonly Term[],
  limit: number,
): RawBuilder<{ key: number }> {
  const columns = terms.map(({ column }, at) => sql`${column} as ${sql.ref(`s${at}`)}`)
  const sorted = terms.map((term, at) => ({ ...term, column: sql.ref(`s${at}`) }))
  return sql`with found as materialized (
      select ${sql.ref(key)} as key, ${sql.join(columns)} from ${from} where ${all(conditions)})
    select key from found order by ${ordering(sorted)} limit ${limit}`
}
