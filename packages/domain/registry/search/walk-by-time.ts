import type { Reads } from '@orrery/drivers/db'
import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { all, ordering } from '../../tracking/index.ts'
import { keysIn } from './found-keys.ts'
import type { NamedTerm } from './registry-order.ts'
import { alongTerms, foundFirst, type Way } from './sorted-keys.ts'
import { BY_VERSION, OF_VERSION } from './version-tables.ts'

/** A page of more than this is so much of most stores that sorting them whole costs as little. */
const MOST_WALKED = 10_000

const TIMES = ['last_updated_timestamp', 'creation_timestamp']

/** Whether `walkByTime` answers the question in less than sorting all versions takes. */
export const isWalked = (terms: readonly NamedTerm[], limit: number): boolean =>
  limit <= MOST_WALKED && TIMES.includes(terms[0]!.name)

/**
 * The first versions in an order that begins with a time. Asked in one question, both engines sort every version that
 * there is, because the name, by which those of one moment are sorted, lies in another table: 0.3 s for 100,000. So
 * the page is found by time alone, the rest of its last moment is looked up, and these few are sorted.
 */
export async function walkByTime(
  reads: Reads,
  way: Way,
  terms: readonly NamedTerm[],
  limit: number,
): Promise<number[]> {
  const { rows } = await walkQuery(way, terms, limit).execute(reads.tables())
  const last = rows.at(-1)?.at
  const keys = new Set(rows.map(({ key }) => key))
  if (rows.length === limit && last !== undefined) {
    for (const key of await keysIn(reads, tiedQuery(way, terms, last, limit))) keys.add(key)
  }
  return keysIn(reads, sortQuery(reads, [...keys], terms, limit))
}

export function walkQuery(
  { from, conditions }: Way,
  [first]: readonly NamedTerm[],
  limit: number,
): RawBuilder<{ key: number; at: number }> {
  return sql`select v.version_key as key, ${first!.column} as at from ${from} where ${all(conditions)}
    order by ${ordering([first!])} limit ${limit}`
}

/** The first of one moment by the rest of the order. */
export function tiedQuery(
  way: Way,
  [first, ...rest]: readonly NamedTerm[],
  at: number,
  limit: number,
): RawBuilder<{ key: number }> {
  const moment = sql<SqlBool>`${first!.column} = ${at}`
  return alongTerms({ ...way, conditions: [moment, ...way.conditions] }, rest, limit)
}

function sortQuery(
  reads: Reads,
  keys: readonly number[],
  terms: readonly NamedTerm[],
  limit: number,
): RawBuilder<{ key: number }> {
  const conditions = [OF_VERSION, reads.words.among(sql.ref('v.version_key'), keys)]
  return foundFirst({ from: BY_VERSION, conditions, key: 'v.version_key' }, terms, limit)
}
