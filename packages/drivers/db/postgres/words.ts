import { type SqlBool, sql } from 'kysely'
import type { EngineDialect } from '../words.ts'

/** An array travels as a PostgreSQL array. */
export const postgresWords: EngineDialect = {
  words: {
    among: (column, values) => sql<SqlBool>`${column} = any(${values})`,
    lockRows: (query, table) =>
      (query as { forUpdate(of: string): unknown }).forUpdate(table) as typeof query,
  },
  list: (values) => values,
}
