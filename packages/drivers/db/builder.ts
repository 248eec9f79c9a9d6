import {
  type CompiledQuery,
  type ConnectionProvider,
  type DatabaseConnection,
  DefaultQueryExecutor,
  DummyDriver,
  Kysely,
  type KyselyPlugin,
} from 'kysely'
import type { Value } from './bulk.ts'
import { toValue } from './values.ts'
import type { EngineDialect } from './words.ts'

export interface Answer {
  readonly rows: Record<string, unknown>[]
  readonly changes: number
  /** The key given to the last inserted row, where the engine tells it without RETURNING. */
  readonly lastKey?: number
}

export type Ask = (sql: string, values: Value[]) => Promise<Answer>

/**
 * A Kysely that asks `ask` and nothing else: no pool, no transactions of its own, no mutex. It settles in
 * microtasks whenever `ask` does, which is what lets SQLite verbs share one turn of the loop.
 */
export function tablesOver(
  { kysely: dialect, list }: EngineDialect,
  ask: Ask,
  plugins: KyselyPlugin[] = [],
): Kysely<never> {
  const toBound = (value: unknown) => (Array.isArray(value) ? (list(value) as Value) : toValue(value))
  const connection: DatabaseConnection = {
    async executeQuery<Row>({ sql, parameters }: CompiledQuery) {
      const { rows, changes, lastKey } = await ask(sql, parameters.map(toBound))
      return {
        rows: rows as Row[],
        numAffectedRows: BigInt(changes),
        ...(lastKey === undefined ? {} : { insertId: BigInt(lastKey) }),
      }
    },
    streamQuery() {
      throw new Error('streaming is not offered: scan in pages')
    },
  }
  const provider: ConnectionProvider = { provideConnection: (consumer) => consumer(connection) }
  const executor = new DefaultQueryExecutor(
    dialect.createQueryCompiler(),
    dialect.createAdapter(),
    provider,
    plugins,
  )
  return new Kysely<never>({ config: { dialect }, dialect, driver: new DummyDriver() as never, executor })
}
