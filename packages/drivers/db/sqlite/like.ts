import { type Expression, type SqlBool, sql } from 'kysely'
import type { LikeMode } from '../database.ts'

/*
 * The connections run with `case_sensitive_like = ON`, as MLflow's do: LIKE then compares letters as they are and
 * can use an index for a fixed beginning. SQLite's lower() knows A-Z only.
 */
export function likeOnSqlite(
  column: string | Expression<unknown>,
  pattern: string,
  mode: LikeMode,
): Expression<SqlBool> {
  const text = typeof column === 'string' ? sql.ref(column) : column
  return mode === 'case-sensitive'
    ? sql<SqlBool>`${text} like ${pattern}`
    : sql<SqlBool>`lower(${text}) like lower(${pattern})`
}
