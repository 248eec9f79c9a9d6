import { type SqlBool, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely'
import { Param } from '../statement.ts'
import type { EngineDialect } from '../words.ts'

export const sqliteDialect: EngineDialect = {
  kysely: {
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (tables) => new SqliteIntrospector(tables),
    createDriver() {
      throw new Error('the connection is given, not made')
    },
  },
  words: {
    /** An array travels as JSON text and comes apart in `json_each`. */
    among(column, values) {
      const list = values instanceof Param ? values : JSON.stringify(values)
      return sql<SqlBool>`${column} in (select value from json_each(${list}))`
    },
    lockRows: (query) => query,
  },
  /*
   * The connections run with `case_sensitive_like = ON`, as MLflow's do: LIKE then compares letters as they are and
   * can use an index for a fixed beginning. SQLite's lower() knows A-Z only.
   */
  like(column, pattern, mode) {
    const text = typeof column === 'string' ? sql.ref(column) : column
    return mode === 'case-sensitive'
      ? sql<SqlBool>`${text} like ${pattern}`
      : sql<SqlBool>`lower(${text}) like lower(${pattern})`
  },
  list: (values) => JSON.stringify(values),
}
