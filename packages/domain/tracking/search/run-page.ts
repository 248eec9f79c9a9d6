import type { Reads } from '@orrery/drivers/db'
import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import { all, type Condition } from './conditions.ts'
import type { ScopedExperiment } from './experiment-scope.ts'
import { madeUp, type Place } from './page-token.ts'
import type { Part, Term } from './run-parts.ts'

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
    ...(from.after === undefined ? [] : [behind(part, from.after)]),
    ...window.conditions,
  ]
  const branch = (only: readonly number[], most: number) => sql`
    select r.run_key as key, ${columns(part.terms)} from ${part.from}
    where ${all([within(part.experiment, only), ...conditions])}
    order by ${ordering(part.terms.map((term) => [term.column, term]))}
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

const ordering = (terms: readonly (readonly [Expression<unknown>, Term])[]) =>
  sql.join(terms.map(([column, { descending }]) => (descending ? sql`${column} desc` : sql`${column} asc`)))

function merged(
  branches: readonly RawBuilder<unknown>[],
  terms: readonly Term[],
  skip: number,
  limit: number,
): RawBuilder<Record<string, number | string>> {
  const found = branches.map((branch, at) => sql`select * from (${branch}) as ${sql.ref(`b${at}`)}`)
  return sql`select * from (${sql.join(found, sql` union all `)}) as found
    order by ${ordering(terms.map((term, at) => [sql.ref(`s${at}`), term]))} limit ${limit} offset ${skip}`
}

/**
 * Behind a row in the order of the terms. The first condition says nothing new; it is the range by which an
 * index is entered, which the OR beside it hides.
 */
function behind({ terms, resumable }: Part, values: readonly (string | number)[]): Condition {
  const fits = terms.every(({ holds }, at) => FITS[holds](values[at]))
  if (!resumable || values.length !== terms.length || !fits) throw madeUp()
  const [first] = terms
  const range = sql`${first!.column} ${sql.raw(first!.descending ? '<=' : '>=')} ${values[0]}`
  return sql<SqlBool>`${range} and ${further(terms, values)}`
}

const FITS: Record<Term['holds'], (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  whole: Number.isSafeInteger,
}

function further(terms: readonly Term[], values: readonly (string | number)[]): Condition {
  const [term, ...rest] = terms
  const [value, ...others] = values
  const beyond = sql<SqlBool>`${term!.column} ${sql.raw(term!.descending ? '<' : '>')} ${value}`
  if (rest.length === 0) return beyond
  return sql<SqlBool>`(${beyond} or (${term!.column} = ${value} and ${further(rest, others)}))`
}
