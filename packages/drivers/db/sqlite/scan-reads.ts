import type { Expression, Kysely, SqlBool } from 'kysely'
import { tablesOver } from '../builder.ts'
import type { Value } from '../bulk.ts'
import { type Compiled, compileStatement } from '../compile.ts'
import type { LikeMode, Reads } from '../database.ts'
import { unavailable } from '../problems.ts'
import type { Statement } from '../statement.ts'
import { cancelChecks } from './cancel-checks.ts'
import { sqliteDialect } from './dialect.ts'
import { toProblem } from './faults.ts'
import type { Reader } from './reader.ts'
import { type Columns, type ToReader, toRows } from './reader-messages.ts'

/** Statements with their cancel checks, compiled once for all scans of the process. */
const compiled = new WeakMap<object, Compiled>()

/** Questions to a lent reader thread. */
export class ScanReads implements Reads {
  readonly words = sqliteDialect.words
  readonly #reader: Reader
  readonly #stop: AbortSignal
  readonly #hasRoom: () => boolean
  #tables: Kysely<never> | undefined

  constructor(reader: Reader, stop: AbortSignal, hasRoom: () => boolean) {
    this.#reader = reader
    this.#stop = stop
    this.#hasRoom = hasRoom
  }

  tables<Tables>(): Kysely<Tables> {
    const ask = async (sql: string, values: Value[]) => ({
      rows: toRows(await this.#ask({ type: 'all', sql, values })),
      changes: 0,
    })
    this.#tables ??= tablesOver(sqliteDialect, ask, [cancelChecks])
    return this.#tables as unknown as Kysely<Tables>
  }

  async all<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row[]> {
    const { sql, bind } = this.#compiled(statement)
    return toRows(await this.#ask({ type: 'all', sql, values: bind(params as never) })) as Row[]
  }

  async first<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row | undefined> {
    const [row] = await this.each(statement, [params])
    return row
  }

  async each<Params, Row>(statement: Statement<Params, Row>, params: readonly Params[]) {
    const { sql, bind } = this.#compiled(statement)
    const bindings = params.map((one) => bind(one as never))
    const found = await this.#ask({ type: 'each', sql, bindings })
    const rows = toRows(found) as (Row | undefined)[]
    for (const place of found.absent ?? []) rows.splice(place, 0, undefined)
    return rows
  }

  like(column: string | Expression<unknown>, pattern: string, mode: LikeMode): Expression<SqlBool> {
    return sqliteDialect.like(column, pattern, mode)
  }

  #compiled<Params>(statement: Statement<Params, unknown>): Compiled {
    let known = compiled.get(statement)
    if (known === undefined) {
      known = compileStatement(statement, this.tables<never>(), sqliteDialect)
      compiled.set(statement, known)
    }
    return known
  }

  async #ask(question: ToReader): Promise<Columns> {
    this.#stop.throwIfAborted()
    try {
      return await this.#reader.ask(question)
    } catch (error) {
      if (this.#stop.aborted) throw this.#stop.reason
      throw this.#reader.isDead ? unavailable(error) : toProblem(error, this.#hasRoom)
    }
  }
}
