import type { Dialect, Expression, SqlBool } from 'kysely'
import type { LikeMode } from './database.ts'

/** Phrases that the two engines spell differently. Statements use these instead of asking which engine it is. */
export interface EngineWords {
  /**
   * `column` is one of the values. One placeholder whatever their number, so a statement compiles once.
   *
   * @param values the array itself, or a statement's parameter that will be bound to an array
   */
  among(column: Expression<unknown>, values: readonly string[] | readonly number[]): Expression<SqlBool>

  /**
   * Makes the rows of a SELECT belong to the asking transaction until it ends, so that two servers take turns. Leaves
   * the query as it is where `locksRows` is false.
   *
   * Only for a SELECT from one table: after waiting, PostgreSQL looks at a locked row anew but at the rows joined to
   * it as they were before, and a row whose join has changed in between is not found. Lock first, then ask again.
   */
  lockRows<Query>(query: Query): Query

  /** Whether `lockRows` does anything: where nobody else writes, there is nothing to take turns with. */
  readonly locksRows: boolean
}

/** How an engine spells questions, and how it takes an array as one value. */
export interface EngineDialect {
  readonly kysely: Dialect
  readonly words: EngineWords
  readonly like: (
    column: string | Expression<unknown>,
    pattern: string,
    mode: LikeMode,
  ) => Expression<SqlBool>
  readonly list: (values: readonly unknown[]) => unknown
}
