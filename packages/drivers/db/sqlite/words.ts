import { type SqlBool, sql } from 'kysely'
import { Param } from '../statement.ts'
import type { EngineDialect } from '../words.ts'

/** An array travels as JSON text and comes apart in `json_each`. */
export const sqliteWords: EngineDialect = {
  words: {
    among(column, values) {
      const list = values instanceof Param ? values : JSON.stringify(values)
      return sql<SqlBool>`${column} in (select value from json_each(${list}))`
    },
    lockRows: (query) => query,
  },
  list: (values) => JSON.stringify(values),
}
