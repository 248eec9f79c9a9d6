import { type Clock, Problem, systemClock } from '@orrery/base/kernel'
import type pg from 'pg'
import { Bound, DEFAULT_LIMITS, type Limits } from '../bound.ts'
import type { Capabilities, Database, Reads, ScanOptions, Tx, TxOptions } from '../database.ts'
import { gatherAll } from '../gathering.ts'
import { tellLearnings } from '../learnings.ts'
import type { MigrationModule } from '../migrations.ts'
import { outcomeUnknown, unavailable } from '../problems.ts'
import type { TableShape } from '../shapes.ts'
import { dumpPostgres } from './dump-schema.ts'
import { isBroken, isRetryable, toProblem } from './faults.ts'
import { migratePostgres } from './migrate.ts'
import { makePool } from './pool.ts'
import { PostgresSignals } from './postgres-signals.ts'
import { PostgresReads } from './reads.ts'
import { Scans } from './scans.ts'
import { describePostgres, highestKeysOfPostgres, raiseKeysOfPostgres } from './tables.ts'
import { PostgresTx } from './tx.ts'

export interface PostgresOptions {
  /** `postgresql://user:password@host:port/database`. Never shown in a message. */
  readonly url: string
  /** Connections for verbs. @default 16 */
  readonly poolSize?: number
  /** Connections for point reads. @default 8 */
  readonly readPoolSize?: number
  /** Connections for scans, and so how many run at once. @default 4 */
  readonly scanPoolSize?: number
  /** A statement of a verb that takes longer is refused with TEMPORARILY_UNAVAILABLE, in ms. @default 30_000 */
  readonly statementTimeoutMs?: number
  /** How long a verb waits for another one's rows, in ms. @default 10_000 */
  readonly lockTimeoutMs?: number
  /** How long a connection may take, or a verb wait for a free one, before it is refused, in ms. @default 5_000 */
  readonly connectTimeoutMs?: number
  /** How much may wait. */
  readonly limits?: Partial<Limits>
  /** Stands in the migration ledger. @default systemClock */
  readonly clock?: Clock
}

/** How often a verb that met a deadlock runs again before its caller is told. */
const ATTEMPTS = 3

/** Connects with the first question, so a database that is down shows in `ping` and `migrate`. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  return new PostgresDatabase(options)
}

class PostgresDatabase implements Database {
  readonly can: Capabilities = { soleWriter: false, backup: false }
  readonly read: Reads
  readonly signals: PostgresSignals
  #closing: Promise<void> | undefined
  readonly #options: PostgresOptions
  readonly #verbs: pg.Pool
  readonly #reads: pg.Pool
  readonly #scans: Scans
  readonly #bound: Bound

  constructor(options: PostgresOptions) {
    this.#options = options
    const { url, statementTimeoutMs = 30_000, lockTimeoutMs = 10_000, connectTimeoutMs = 5_000 } = options
    const pool = (size: number, readOnly: boolean) =>
      makePool({ url, size, readOnly, statementTimeoutMs, lockTimeoutMs, connectTimeoutMs })
    this.#verbs = pool(options.poolSize ?? 16, false)
    this.#reads = pool(options.readPoolSize ?? 8, true)
    this.signals = new PostgresSignals(url, (text, values) => this.#verbs.query(text, values))
    this.#scans = new Scans(pool(options.scanPoolSize ?? 4, true))
    this.#bound = new Bound({ ...DEFAULT_LIMITS, ...options.limits })
    this.read = new PostgresReads((query) => this.#reads.query(query).catch(rethrow))
  }

  get unanswered(): number {
    return this.#bound.count
  }

  async inTx<T>(verb: (tx: Tx) => Promise<T>, { bytes = 1024 }: TxOptions = {}): Promise<T> {
    this.#bound.enter(bytes)
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#once(verb)
        } catch (error) {
          if (attempt === ATTEMPTS || !isRetryable(error)) throw toProblem(error)
        }
      }
    } finally {
      this.#bound.leave(bytes)
    }
  }

  scan<T>(question: (reads: Reads) => Promise<T>, options: ScanOptions = {}): Promise<T> {
    return this.#scans.scan(question, options)
  }

  async migrate(modules: readonly MigrationModule[]): Promise<void> {
    const { url, clock = systemClock } = this.#options
    await migratePostgres(url, modules, clock).catch(rethrow)
  }

  dumpSchema(): Promise<string> {
    return dumpPostgres(this.#reads).catch(rethrow)
  }

  describeTables(): Promise<readonly TableShape[]> {
    return describePostgres(this.#reads).catch(rethrow)
  }

  highestKeys(): Promise<ReadonlyMap<string, number>> {
    return highestKeysOfPostgres(this.#reads).catch(rethrow)
  }

  raiseKeys(highest: ReadonlyMap<string, number>): Promise<void> {
    return raiseKeysOfPostgres(this.#verbs, highest).catch(rethrow)
  }

  async backup(): Promise<void> {
    throw new Problem('INVALID_STATE', 'PostgreSQL gives no file of itself.', {
      hint: 'Copy its rows into a database on SQLite (`copyRows`), or use pg_dump.',
    })
  }

  async ping(): Promise<void> {
    await this.#reads.query('select 1').catch((error) => {
      throw unavailable(error)
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #finish(): Promise<void> {
    await this.#bound.close()
    await this.signals.close()
    await Promise.all([this.#verbs.end(), this.#reads.end(), this.#scans.close()])
  }

  async #once<T>(verb: (tx: Tx) => Promise<T>): Promise<T> {
    const client = await this.#verbs.connect()
    const tx = new PostgresTx((query) => client.query(query))
    let broken = false
    try {
      const begun = client.query('begin')
      const [value] = await Promise.all([verb(tx), begun])
      await gatherAll(tx, tx.left.splice(0))
      await commit(client)
      tellLearnings(tx.learnings)
      return value
    } catch (error) {
      broken = isBroken(error) || !(await rolledBack(client))
      throw error
    } finally {
      tx.end()
      client.release(broken)
    }
  }
}

async function commit(client: pg.PoolClient): Promise<void> {
  let command: string
  try {
    command = (await client.query('commit')).command
  } catch (error) {
    throw isBroken(error) ? outcomeUnknown(error) : error
  }
  // PostgreSQL answers COMMIT with ROLLBACK where a statement had failed and the verb went on as if it had not.
  if (command !== 'COMMIT') throw new Error('a verb swallowed an error of the database; nothing was written')
}

async function rolledBack(client: pg.PoolClient): Promise<boolean> {
  return client.query('rollback').then(
    () => true,
    () => false,
  )
}

function rethrow(error: unknown): never {
  throw toProblem(error)
}
