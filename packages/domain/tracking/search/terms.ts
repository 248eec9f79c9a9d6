import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Condition } from './conditions.ts'
import { madeUp } from './page-token.ts'

/** A column that a search sorts by; never NULL where a page begins behind the last row's values. */
export interface Term {
  readonly column: Expression<unknown>
  /** What a page token's value must be to be compared with the column. */
  readonly holds: 'text' | 'number' | 'whole'
  readonly descending: boolean
}

export const ordering = (terms: readonly Term[]): RawBuilder<unknown> =>
  sql.join(terms.map(({ column, descending }) => (descending ? sql`${column} desc` : sql`${column} asc`)))

/**
 * Behind a row in the order of the terms. The first condition says nothing new; it is the range by which an
 * index is entered, which the OR beside it hides.
 *
 * @throws INVALID_PARAMETER_VALUE where the values are not of the terms: the token is made up
 */
export function behind(terms: readonly Term[], values: readonly (string | number)[]): Condition {
  const fits = terms.every(({ holds }, at) => FITS[holds](values[at]))
  if (values.length !== terms.length || !fits) throw madeUp()
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
