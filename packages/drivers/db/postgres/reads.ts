import type { Expression, Kysely, SqlBool } from 'kysely'
import type { QueryResult } from 'pg'
import { tablesOver } from '../builder.ts'
import { type Compiled, compileStatement } from '../compile.ts'
import type { LikeMode, Reads } from '../database.ts'
import type { Statement } from '../statement.ts'
import { postgresDialect } from './dialect.ts'

export interface Query {
  /** Prepared once per connection under this name. */
  readonly name?: string
  readonly text: string
  readonly values: unknown[]
}

export type Ask = (query: Query) => Promise<QueryResult>

/** Statements in PostgreSQL's words, compiled once per process: all connections share the text. */
const compiled = new WeakMap<object, Compiled>()

export class PostgresReads implements Reads {
  readonly words = postgresDialect.words
  protected readonly ask: Ask
  #tables: Kysely<never> | undefined

  constructor(ask: Ask) {
    this.ask = ask
  }

  tables<Tables>(): Kysely<Tables> {
    this.#tables ??= tablesOver(postgresDialect, async (text, values) => {
      const { rows, rowCount } = await this.ask({ text, values })
      return { rows, changes: rowCount ?? 0 }
    })
    return this.#tables as unknown as Kysely<Tables>
  }

  async all<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row[]> {
    const { rows } = await this.ask(this.bound(statement, params))
    return rows
  }

  async first<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row | undefined> {
    const { rows } = await this.ask(this.bound(statement, params))
    return rows[0]
  }

  /** All of them leave together on the pipelined connection. */
  each<Params, Row>(statement: Statement<Params, Row>, params: readonly Params[]) {
    return Promise.all(params.map((one) => this.first(statement, one)))
  }

  like(column: string | Expression<unknown>, pattern: string, mode: LikeMode): Expression<SqlBool> {
    return postgresDialect.like(column, pattern, mode)
  }

  protected bound<Params>(statement: Statement<Params, unknown>, params: Params): Query {
    let known = compiled.get(statement)
    if (known === undefined) {
      known = compileStatement(statement, this.tables<never>(), postgresDialect)
      compiled.set(statement, known)
    }
    const query = { text: known.sql, values: known.bind(params as never) }
    // A statement without a name is planned with its values at each run.
    return statement.planned === 'each-run' ? query : { name: known.name, ...query }
  }
}
