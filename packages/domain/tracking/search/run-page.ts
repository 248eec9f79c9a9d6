import type { Reads } from '@orrery/drivers/db'
import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { all, type Condition } from './conditions.ts'
import type { ScopedExperiment } from './experiment-scope.ts'
import { madeUp, type Place } from './page-token.ts'
import type { Part } from './run-parts.ts'
import { behind, ordering, type Term } from './terms.ts'

/** A run that was found, with the values it was sorted by. */
export interface Hit {
  readonly key: number
  readonly sortedBy: readonly (string | number)[]
}

/**
 * So many experiments are asked one by one and merged: each in its index's order, each no further than the page.
 * One question over all of them would have to sort every run.
 */
const MOST_BRANCHES = 16

/** Where a part is asked: which runs of which experiments, from where on, and how many. */
export interface Window {
  readonly scope: readonly ScopedExperiment[]
  /** What holds for all parts. */
  readonly conditions: readonly Condition[]
  readonly from: Place
  readonly limit: number
}

/** The next runs of a part. */
export async function askPart(reads: Reads, part: Part, window: Window): Promise<Hit[]> {
  const { rows } = await partQuery(part, window).execute(reads.tables())
  return rows.map((row) => ({
    key: row.key as number,
    sortedBy: part.resumable ? part.terms.map((_, at) => row[`s${at}`]!) : [],
  }))
}

export function partQuery(part: Part, window: Window): RawBuilder<Record<string, number | string>> {
  const { scope, from, limit } = window
  const keys = scope.map(({ key }) => key)
  const conditions = [
    ...part.conditions,
    ...(from.after === undefined ? [] : [behindPart(part, from.after)]),
    ...window.conditions,
  ]
  const branch = (only: readonly number[], most: number) => sql`
    select r.run_key as key, ${columns(part.terms)} from ${part.from}
    where ${all([within(part.experiment, only), ...conditions])}
    order by ${ordering(part.terms)}
    limit ${most}`
  if (keys.length === 1 || keys.length > MOST_BRANCHES) {
    return sql`${branch(keys, limit)} offset ${from.skip}`
  }
  const branches = keys.map((key) => branch([key], limit + from.skip))
  return merged(branches, part.terms, from.skip, limit)
}

function within(column: string, keys: readonly number[]): Condition {
  const experiment = sql.ref(column)
  if (keys.length === 1) return sql<SqlBool>`${experiment} = ${keys[0]}`
  return sql<SqlBool>`${experiment} in (${sql.join([...keys])})`
}

const columns = (terms: readonly Term[]) =>
  sql.join(terms.map(({ column }, at) => sql`${column} as ${sql.ref(`s${at}`)}`))

function merged(
  branches: readonly RawBuilder<unknown>[],
  terms: readonly Term[],
  skip: number,
  limit: number,
): RawBuilder<Record<string, number | string>> {
  const found = branches.map((branch, at) => sql`select * from (${branch}) as ${sql.ref(`b${at}`)}`)
  return sql`select * from (${sql.join(found, sql` union all `)}) as found
    order by ${ordering(terms.map((term, at) => ({ ...term, column: sql.ref(`s${at}`) })))} limit ${limit} offset ${skip}`
}

function behindPart({ terms, resumable }: Part, values: readonly (string | number)[]): Condition {
  if (!resumable) throw madeUp()
  return behind(terms, values)
}
