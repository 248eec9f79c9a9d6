import type { NumberTest, TextTest } from '@orrery/base/filter'
import type { Reads } from '@orrery/drivers/db'
import { type Expression, type SqlBool, sql } from 'kysely'

export type Condition = Expression<SqlBool>
type Column = Expression<unknown>

export function textCondition(reads: Reads, column: Column, test: TextTest): Condition {
  switch (test.op) {
    case 'LIKE':
      return reads.like(column, test.value, 'case-sensitive')
    case 'ILIKE':
      return reads.like(column, test.value, 'ignoring-case')
    case 'IN':
      return sql<SqlBool>`${column} in (${sql.join([...test.values])})`
    case 'NOT IN':
      return sql<SqlBool>`${column} not in (${sql.join([...test.values])})`
    default:
      return sql<SqlBool>`${column} ${sql.raw(test.op)} ${test.value}`
  }
}

export function numberCondition(column: Column, test: NumberTest): Condition {
  return sql<SqlBool>`${column} ${sql.raw(test.op)} ${test.value}`
}

/** A NaN is stored as 0 with its flag set: it differs from every number and compares with none. */
export function metricCondition(table: string, test: NumberTest): Condition {
  const compared = numberCondition(sql.ref(`${table}.value`), test)
  const nan = sql.ref(`${table}.nan`)
  if (test.op === '!=') return sql<SqlBool>`(${compared} or ${nan} = 1)`
  return sql<SqlBool>`(${nan} = 0 and ${compared})`
}

/** Whole-number columns are compared with whole numbers only: PostgreSQL refuses to bind another to a bigint. */
export function wholeCondition(column: Column, { op, value: given }: NumberTest): Condition {
  const value = Math.min(Math.max(given, -BEYOND), BEYOND)
  if (Number.isInteger(value)) return numberCondition(column, { op, value })
  if (op === '=') return sql<SqlBool>`1 = 0`
  if (op === '!=') return sql<SqlBool>`${column} is not null`
  return op === '<' || op === '<='
    ? numberCondition(column, { op: '<=', value: Math.floor(value) })
    : numberCondition(column, { op: '>=', value: Math.ceil(value) })
}

/** No stored number lies beyond 2^53, so comparing with anything larger is comparing with this. */
const BEYOND = 2 ** 53

/**
 * `EXISTS`, or its opposite, over rows of a table that belong to what is searched. `IS TRUE` keeps it a question
 * that is asked of each row in turn: without it PostgreSQL plans every EXISTS as one more table to join, and 500
 * of them take it longer than 30 s to plan.
 */
export function exists(question: Expression<unknown>, is = true): Condition {
  return is ? sql<SqlBool>`(exists (${question})) is true` : sql<SqlBool>`(not exists (${question})) is true`
}

export function all(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? sql<SqlBool>`1 = 1` : sql.join<SqlBool>([...conditions], sql` and `)
}
