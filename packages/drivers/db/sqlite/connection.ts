import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Value } from '../bulk.ts'

export type Row = Record<string, unknown>

/** How many built queries stay prepared per connection; statements told with `statement` stay for good. */
const BUILT_QUERIES = 256

/** A prepared statement that answers with plain objects. Everything here is synchronous. */
export class Prepared {
  readonly reads: boolean
  /** The columns of its rows; none where it only writes. */
  readonly names: readonly string[]
  readonly #statement: StatementSync

  constructor(database: DatabaseSync, sql: string) {
    this.#statement = database.prepare(sql, { returnArrays: true })
    this.names = this.#statement.columns().map(({ name }) => name)
    this.reads = /^\s*(select|values)\b/i.test(sql)
  }

  /*
   * Arrays turned into objects here cost 0.47 µs a row of three columns; node:sqlite's own objects cost 0.64 µs
   * and have no prototype, which no deepEqual and no spread-free code expects.
   */
  all(values: readonly Value[]): Row[] {
    const rows = this.allArrays(values)
    const objects = new Array<Row>(rows.length)
    for (let i = 0; i < rows.length; i++) objects[i] = this.#toObject(rows[i]!)
    return objects
  }

  first(values: readonly Value[]): Row | undefined {
    const row = this.firstArray(values)
    return row === undefined ? undefined : this.#toObject(row)
  }

  allArrays(values: readonly Value[]): Value[][] {
    return this.#statement.all(...values) as unknown as Value[][]
  }

  firstArray(values: readonly Value[]): Value[] | undefined {
    return this.#statement.get(...values) as unknown as Value[] | undefined
  }

  run(values: readonly Value[]): { changes: number; lastKey: number } {
    const { changes, lastInsertRowid } = this.#statement.run(...values)
    return { changes: changes as number, lastKey: lastInsertRowid as number }
  }

  #toObject(row: unknown[]): Row {
    const object: Row = {}
    for (let i = 0; i < row.length; i++) object[this.names[i]!] = row[i]
    return object
  }
}

export interface ConnectionOptions {
  readonly readOnly: boolean
  /** How much of the file its page cache may hold. */
  readonly cacheKib: number
  /** How long it waits, blocking its thread, for another connection's lock. */
  readonly timeoutMs: number
}

/**
 * One SQLite connection with its statements. Helper threads load this file: it must not import Kysely, which
 * would cost each of them 100 ms.
 */
export class Connection {
  readonly database: DatabaseSync
  readonly #built = new Map<string, Prepared>()

  constructor(file: string, options: ConnectionOptions) {
    const { readOnly, timeoutMs } = options
    this.database = new DatabaseSync(file, { readOnly, defensive: true, timeout: timeoutMs })
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

  close(): void {
    this.#built.clear()
    this.database.close()
  }
}
