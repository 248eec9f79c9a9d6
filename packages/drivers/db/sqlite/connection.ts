import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Kysely } from 'kysely'
import type { BulkInsert, ColumnType, Value } from '../bulk.ts'
import { compileStatement } from '../compile.ts'
import type { Statement } from '../statement.ts'
import { bulkSql } from './bulk.ts'
import { sqliteDialect } from './dialect.ts'

export type Row = Record<string, unknown>

/** How many built queries stay prepared per connection; statements told with `statement` stay for good. */
const BUILT_QUERIES = 256

/** A prepared statement that answers with plain objects. Everything here is synchronous. */
export class Prepared {
  readonly reads: boolean
  readonly #statement: StatementSync
  readonly #columns: readonly string[]

  constructor(database: DatabaseSync, sql: string) {
    this.#statement = database.prepare(sql, { returnArrays: true })
    this.#columns = this.#statement.columns().map(({ name }) => name)
    this.reads = /^\s*(select|values)\b/i.test(sql)
  }

  get givesRows(): boolean {
    return this.#columns.length > 0
  }

  /*
   * Arrays turned into objects here cost 0.47 µs a row of three columns; node:sqlite's own objects cost 0.64 µs
   * and have no prototype, which no deepEqual and no spread-free code expects.
   */
  all(values: readonly Value[]): Row[] {
    const rows = this.#statement.all(...values) as unknown as unknown[][]
    const objects = new Array<Row>(rows.length)
    for (let i = 0; i < rows.length; i++) objects[i] = this.#toObject(rows[i]!)
    return objects
  }

  first(values: readonly Value[]): Row | undefined {
    const row = this.#statement.get(...values) as unknown as unknown[] | undefined
    return row === undefined ? undefined : this.#toObject(row)
  }

  run(values: readonly Value[]): { changes: number; lastKey: number } {
    const { changes, lastInsertRowid } = this.#statement.run(...values)
    return { changes: changes as number, lastKey: lastInsertRowid as number }
  }

  #toObject(row: unknown[]): Row {
    const object: Row = {}
    for (let i = 0; i < row.length; i++) object[this.#columns[i]!] = row[i]
    return object
  }
}

export interface Told<Params> {
  readonly prepared: Prepared
  readonly bind: (params: Params) => Value[]
}

export interface Insert {
  readonly prepared: Prepared
  readonly types: readonly ColumnType[]
}

/** One SQLite connection with its statements. */
export class Connection {
  readonly database: DatabaseSync
  readonly #built = new Map<string, Prepared>()
  readonly #told = new Map<Statement<never, unknown>, Told<never>>()

  readonly #inserts = new WeakMap<BulkInsert, Insert>()

  constructor(file: string, options: { readOnly: boolean; cacheKib: number }) {
    this.database = new DatabaseSync(file, { readOnly: options.readOnly, defensive: true, timeout: 5_000 })
    this.database.exec(`
      PRAGMA synchronous = NORMAL;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA foreign_keys = ON;
      PRAGMA trusted_schema = OFF;
      PRAGMA cell_size_check = ON;
      PRAGMA mmap_size = 0;
      PRAGMA temp_store = MEMORY;
      PRAGMA case_sensitive_like = ON;
      PRAGMA cache_size = -${options.cacheKib};
    `)
  }

  /** A statement of any text, kept while it is among the most recently used. */
  prepare(sql: string): Prepared {
    let prepared = this.#built.get(sql)
    if (prepared === undefined) prepared = new Prepared(this.database, sql)
    else this.#built.delete(sql)
    this.#built.set(sql, prepared)
    if (this.#built.size > BUILT_QUERIES) this.#built.delete(this.#built.keys().next().value!)
    return prepared
  }

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
      known = { prepared: new Prepared(this.database, bulkSql(insert)), types: Object.values(insert.columns) }
      this.#inserts.set(insert, known)
    }
    return known
  }

  close(): void {
    this.#built.clear()
    this.#told.clear()
    this.database.close()
  }
}
