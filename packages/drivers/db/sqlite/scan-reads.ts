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
import { type Columns, type ToReader, toBindings, toRows } from './reader-messages.ts'

/** Statements with their cancel checks, compiled once for all scans of the process. */
const checked = new WeakMap<object, Compiled>()
/**
 * Statements without: of many short questions the thread looks before each. A look at every row as well made a plot
 * of 2,500 points, each found within 64 rows of a mark, a third dearer.
 */
const unchecked = new WeakMap<object, Compiled>()

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
    const { sql, bind } = compiledIn(checked, statement, this.tables<never>())
    return toRows(await this.#ask({ type: 'all', sql, values: bind(params as never) })) as Row[]
  }

  async first<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row | undefined> {
    const [row] = await this.#each<Params, Row>(compiledIn(checked, statement, this.tables<never>()), [
      params,
    ])
    return row
  }

  async each<Params, Row>(statement: Statement<Params, Row>, params: readonly Params[]) {
    return this.#each<Params, Row>(compiledIn(unchecked, statement, UNCHECKED), params)
  }

  async #each<Params, Row>({ sql, bind }: Compiled, params: readonly Params[]): Promise<(Row | undefined)[]> {
    const bindings = toBindings(params.map((one) => bind(one as never)))
    const found = await this.#ask({ type: 'each', sql, bindings })
    const rows = toRows(found) as (Row | undefined)[]
    for (const place of found.absent ?? []) rows.splice(place, 0, undefined)
    return rows
  }

  like(column: string | Expression<unknown>, pattern: string, mode: LikeMode): Expression<SqlBool> {
    return sqliteDialect.like(column, pattern, mode)
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

/** Only compiles. */
const UNCHECKED = tablesOver(sqliteDialect, async () => ({
  rows: [],
  changes: 0,
})) as unknown as Kysely<never>

function compiledIn<Params>(
  known: WeakMap<object, Compiled>,
  statement: Statement<Params, unknown>,
  tables: Kysely<never>,
): Compiled {
  let compiled = known.get(statement)
  if (compiled === undefined) {
    compiled = compileStatement(statement, tables, sqliteDialect)
    known.set(statement, compiled)
  }
  return compiled
}
