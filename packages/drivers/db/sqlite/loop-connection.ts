import type { Kysely } from 'kysely'
import type { BulkInsert, ColumnType, Value } from '../bulk.ts'
import { compileStatement } from '../compile.ts'
import type { Statement } from '../statement.ts'
import { bulkSql, ROWS_AT_ONCE } from './bulk.ts'
import { Connection, Prepared } from './connection.ts'
import { sqliteDialect } from './dialect.ts'

export interface Told<Params> {
  readonly prepared: Prepared
  readonly bind: (params: Params) => Value[]
}

export interface Insert {
  readonly one: Prepared
  /** Takes the values of `ROWS_AT_ONCE` rows; prepared when it is first wanted. */
  readonly many: () => Prepared
  readonly types: readonly ColumnType[]
}

/** A connection of the loop, which also keeps what was compiled from `statement` and `BulkInsert`, for good. */
export class LoopConnection extends Connection {
  readonly #told = new Map<Statement<never, unknown>, Told<never>>()
  readonly #inserts = new WeakMap<BulkInsert, Insert>()

  /** @param tables asked to compile the statement the first time */
  told<Params>(statement: Statement<Params, unknown>, tables: () => Kysely<never>): Told<Params> {
    const key = statement as Statement<never, unknown>
    let told = this.#told.get(key)
    if (told === undefined) {
      const compiled = compileStatement(statement, tables(), sqliteDialect)
      told = { bind: compiled.bind, prepared: new Prepared(this.database, compiled.sql) }
      this.#told.set(key, told)
    }
    return told as unknown as Told<Params>
  }

  insert(insert: BulkInsert): Insert {
    let known = this.#inserts.get(insert)
    if (known === undefined) {
      let many: Prepared | undefined
      known = {
        one: new Prepared(this.database, bulkSql(insert, 1)),
        many: () => (many ??= new Prepared(this.database, bulkSql(insert, ROWS_AT_ONCE))),
        types: Object.values(insert.columns),
      }
      this.#inserts.set(insert, known)
    }
    return known
  }
}
