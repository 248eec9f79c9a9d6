import type { Expression, SqlBool } from 'kysely'

/** Phrases that the two engines spell differently. Questions use these instead of asking which engine it is. */
export interface EngineWords {
  /**
   * `column` is one of the values. One placeholder whatever their number, so the statement compiles once.
   * `values` is the array itself, or a statement's parameter that will be bound to an array.
   */
  among(column: Expression<unknown>, values: readonly string[] | readonly number[]): Expression<SqlBool>

  /** SQL LIKE with `%` and `_` and no escape character, on both engines with the same answers. */
  like(
    column: Expression<unknown>,
    pattern: Expression<unknown> | string,
    letters: 'case-sensitive' | 'ignoring-case',
  ): Expression<SqlBool>

  /**
   * Makes the rows that a SELECT takes from one of its tables belong to the asking transaction until it ends, so
   * that two servers take turns. Does nothing where `can.soleWriter`.
   */
  lockRows<Query>(query: Query, table: string): Query
}
