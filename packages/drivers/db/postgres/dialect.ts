import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, type SqlBool, sql } from 'kysely'
import type { EngineDialect } from '../words.ts'

export const postgresDialect: EngineDialect = {
  kysely: {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (tables) => new PostgresIntrospector(tables),
    createDriver() {
      throw new Error('the connection is given, not made')
    },
  },
  words: {
    among: (column, values) => sql<SqlBool>`${column} = any(${values})`,
    lockRows: (query) => (query as { forUpdate(): unknown }).forUpdate() as typeof query,
    locksRows: true,
  },
  /*
   * `escape ''` takes the backslash its meaning, as in SQLite. Letters are folded under "C", because lower() would
   * otherwise follow the locale of the database.
   */
  like(column, pattern, mode) {
    const text = typeof column === 'string' ? sql.ref(column) : column
    return mode === 'case-sensitive'
      ? sql<SqlBool>`${text} like ${pattern} escape ''`
      : sql<SqlBool>`lower(${text} collate "C") like lower(${pattern} collate "C") escape ''`
  },
  list: (values) => values,
}
