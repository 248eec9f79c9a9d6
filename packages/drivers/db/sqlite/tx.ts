import type { Expression, Kysely, SqlBool } from 'kysely'
import { type Ask, tablesOver } from '../builder.ts'
import type { BulkInsert, Rows, Value } from '../bulk.ts'
import type { Gather, LikeMode, Reads, Tx } from '../database.ts'
import type { Left } from '../gathering.ts'
import type { Statement } from '../statement.ts'
import { checkedRow, checkWidth, ROWS_AT_ONCE } from './bulk.ts'
import { sqliteDialect } from './dialect.ts'
import type { LoopConnection } from './loop-connection.ts'

/** Questions on the loop's own read connection. */
export class SqliteReads implements Reads {
  readonly words = sqliteDialect.words
  protected readonly connection: LoopConnection
  #tables: Kysely<never> | undefined

  constructor(connection: LoopConnection) {
    this.connection = connection
  }

  tables<Tables>(): Kysely<Tables> {
    this.#tables ??= tablesOver(sqliteDialect, this.#ask)
    return this.#tables as unknown as Kysely<Tables>
  }

  async all<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row[]> {
    const { prepared, bind } = this.told(statement)
    return prepared.all(bind(params)) as Row[]
  }

  async first<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row | undefined> {
    const { prepared, bind } = this.told(statement)
    return prepared.first(bind(params)) as Row | undefined
  }

  async each<Params, Row>(statement: Statement<Params, Row>, params: readonly Params[]) {
    const { prepared, bind } = this.told(statement)
    return params.map((one) => prepared.first(bind(one)) as Row | undefined)
  }

  like(column: string | Expression<unknown>, pattern: string, mode: LikeMode): Expression<SqlBool> {
    return sqliteDialect.like(column, pattern, mode)
  }

  /** Overridden where a question may come too late, or may write. */
  protected before(_reads: boolean): void {}

  protected told<Params>(statement: Statement<Params, unknown>) {
    const told = this.connection.told(statement, this.#compiler)
    this.before(told.prepared.reads)
    return told
  }

  readonly #compiler = () => this.tables<never>()

  readonly #ask: Ask = async (sql, values) => {
    const prepared = this.connection.prepare(sql)
    this.before(prepared.reads)
    return prepared.names.length > 0
      ? { rows: prepared.all(values), changes: 0 }
      : { rows: [], ...prepared.run(values) }
  }
}

/** What one verb may do. After its end every call throws, so a forgotten `await` cannot write into another verb. */
export class SqliteTx extends SqliteReads implements Tx {
  wrote = false
  readonly learnings: (() => void)[] = []
  /** For the end of the group; see `Tx.beforeCommit`. */
  readonly left: Left[] = []
  #ended: string | undefined

  async run<Params>(statement: Statement<Params, unknown>, params: Params): Promise<number> {
    const { prepared, bind } = this.told(statement)
    return prepared.run(bind(params)).changes
  }

  async bulk(insert: BulkInsert, rows: Rows): Promise<number> {
    return this.#insert(insert, rows)
  }

  async bulkMarked(insert: BulkInsert, rows: Rows): Promise<Uint8Array> {
    if (insert.onClash === 'replace') return this.#replaceMarked(insert, rows)
    const marks = new Uint8Array(rows.length)
    this.#insert(insert, rows, (row, changes) => {
      marks[row] = changes
    })
    return marks
  }

  beforeCommit<Item>(gather: Gather<Item>, item: Item): void {
    this.before(true)
    this.left.push({ gather: gather as Gather<unknown>, item })
  }

  afterCommit(learn: () => void): void {
    this.before(true)
    this.learnings.push(learn)
  }

  /** @param reason what a later call is told */
  end(reason: string): void {
    this.#ended ??= reason
  }

  protected override before(reads: boolean): void {
    if (this.#ended !== undefined) throw new Error(this.#ended)
    if (!reads) this.wrote = true
  }

  /** @param each hears how many rows each row has changed; without it rows go many at a time */
  #insert(insert: BulkInsert, rows: Rows, each?: (row: number, changes: number) => void): number {
    this.before(false)
    const { one, many, types } = this.connection.insert(insert)
    checkWidth(insert, types, rows)
    const width = types.length
    const values: Value[] = new Array(width * ROWS_AT_ONCE)
    let total = 0
    let at = 0
    while (each === undefined && at + ROWS_AT_ONCE <= rows.length) {
      for (let i = 0; i < ROWS_AT_ONCE; i++) checkedRow(types, rows[at++]!, values, i * width)
      total += many().run(values).changes
    }
    values.length = width
    for (; at < rows.length; at++) {
      checkedRow(types, rows[at]!, values, 0)
      const { changes } = one.run(values)
      each?.(at, changes)
      total += changes
    }
    return total
  }

  /** An upsert counts one change either way, so new rows are inserted first and the others updated after. */
  #replaceMarked(insert: BulkInsert, rows: Rows): Uint8Array {
    const marks = new Uint8Array(rows.length)
    this.#insert({ ...insert, onClash: 'ignore' }, rows, (row, changes) => {
      marks[row] = changes
    })
    this.#insert(
      insert,
      rows.filter((_, row) => marks[row] === 0),
    )
    return marks
  }
}
