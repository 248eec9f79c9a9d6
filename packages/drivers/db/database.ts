import type { Expression, Kysely, SqlBool } from 'kysely'
import type { BulkInsert, Rows } from './bulk.ts'
import type { MigrationModule } from './migrations.ts'
import type { TableShape } from './shapes.ts'
import type { Signals } from './signals.ts'
import type { Statement } from './statement.ts'
import type { EngineWords } from './words.ts'

/** What an engine can do beyond the promises below. Callers branch on these, never on the engine's name. */
export interface Capabilities {
  /**
   * No other process can write while this one is open: what was read may be remembered, and rows need no
   * locks. SQLite: true. PostgreSQL: false.
   */
  readonly soleWriter: boolean
  /** `backup` works. Where it does not, it says which tool of the engine to use instead. */
  readonly backup: boolean
}

/**
 * How `like` compares: letters as they are, or with A–Z and a–z alike (no other letters: SQLite's rule, kept on
 * both engines).
 */
export type LikeMode = 'case-sensitive' | 'ignoring-case'

/** Questions. Rows come back as plain objects; integers as `number` (the domain never stores one beyond 2^53). */
export interface Reads {
  /** Phrases that the engines spell differently, for queries built on the spot. */
  readonly words: EngineWords
  /** A query builder over this connection, typed by the tables of the asking module. */
  tables<Tables>(): Kysely<Tables>
  /** A statement compiled once per engine (see `statement`): 2.6 µs on SQLite against 25 µs for a built query. */
  all<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row[]>
  first<Params, Row>(statement: Statement<Params, Row>, params: Params): Promise<Row | undefined>
  /**
   * The first row of one statement for each of many bindings, in their order: one trip to a reader thread instead
   * of thousands. Meant for `scan`.
   */
  each<Params, Row>(
    statement: Statement<Params, Row>,
    params: readonly Params[],
  ): Promise<(Row | undefined)[]>
  /**
   * A condition for `where`: `%` stands for any text, `_` for one character, nothing escapes them (MLflow on
   * SQLite has no escape either).
   * @param column a reference like `runs.name`, or any text expression
   */
  like(column: string | Expression<unknown>, pattern: string, mode: LikeMode): Expression<SqlBool>
}

/** One verb's writes. All of them happen, or none. Only promises of this object may be awaited inside. */
export interface Tx extends Reads {
  /** Runs a writing statement. @returns how many rows it changed */
  run<Params>(statement: Statement<Params, unknown>, params: Params): Promise<number>
  /** Inserts many rows with one prepared statement (SQLite) or one UNNEST (PostgreSQL). @returns rows inserted or updated */
  bulk(insert: BulkInsert, rows: Rows): Promise<number>
  /** As `bulk`, and tells which rows were really inserted: 1 where the row is new, 0 where it was there before. */
  bulkMarked(insert: BulkInsert, rows: Rows): Promise<Uint8Array>
  /**
   * Leaves something to `gather`, which writes what all verbs of one COMMIT have left, once, in their order, as the last
   * of it: on SQLite those of a group, on PostgreSQL this verb alone. What is left by a verb that is rolled back goes with
   * it. If `gather` throws, the whole COMMIT is refused: what it is given must have been checked.
   */
  beforeCommit<Item>(gather: Gather<Item>, item: Item): void
  /** Runs after this verb's COMMIT and never after its rollback: the only place where a cache may learn. */
  afterCommit(learn: () => void): void
}

/** Known by its identity: items left to the same function are given together. */
export type Gather<Item> = (tx: Tx, items: readonly Item[]) => Promise<void>

export interface TxOptions {
  /**
   * About how much memory waits with this verb, in bytes: the length of the request's body is a good measure.
   * Counts against the bound of the queue.
   * @default 1024
   */
  readonly bytes?: number
}

export interface ScanOptions {
  /** After this many milliseconds the scan is cancelled with DEADLINE_EXCEEDED. @default 30_000 */
  readonly deadlineMs?: number
  /** Cancels the scan; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** The one store of the workspace. Written once over both engines; the suite in `database.suite.ts` is the exam. */
export interface Database extends AsyncDisposable {
  readonly can: Capabilities

  /**
   * Runs one verb. It resolves only when the verb's writes would survive power loss; if the verb throws, nothing
   * of it is kept. On SQLite verbs run strictly one after another, each in its own savepoint, and those that
   * arrive in one turn of the loop share a COMMIT and a sync. On PostgreSQL a verb that met a deadlock runs again
   * from its start: it changes nothing outside `tx` (caches learn in `afterCommit`).
   *
   * Throws REQUEST_LIMIT_EXCEEDED when too many verbs wait, RESOURCE_EXHAUSTED when the disk is full and
   * TEMPORARILY_UNAVAILABLE when the engine does not answer.
   */
  inTx<T>(verb: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>

  /** How many verbs were accepted and have no answer yet. */
  readonly unanswered: number

  /** Committed rows, for point reads and short ranges. On SQLite this runs on the loop: nothing that scans. */
  readonly read: Reads

  /**
   * Committed rows of one moment, for whatever can scan. On SQLite this runs on reader threads. All questions
   * of one scan see the same snapshot. A question may be asked again from its start, so it changes nothing.
   */
  scan<T>(question: (reads: Reads) => Promise<T>, options?: ScanOptions): Promise<T>

  /** Words to everybody on this database. */
  readonly signals: Signals

  /** Brings the schema up to date, forward only. Refuses a schema newer than these modules. */
  migrate(modules: readonly MigrationModule[]): Promise<void>

  /** The schema as sorted SQL text, for the committed dump that reviews compare. */
  dumpSchema(): Promise<string>

  /** Its tables in the order of their names, without the ledger of migrations. */
  describeTables(): Promise<readonly TableShape[]>

  /** The highest key that each table has ever given, where it keeps account of that. */
  highestKeys(): Promise<ReadonlyMap<string, number>>

  /** Makes the keys that tables give from now on higher than these, and than those of the rows that are there. */
  raiseKeys(highest: ReadonlyMap<string, number>): Promise<void>

  /** Writes a complete, verified copy while the workspace works on. Refuses a file that exists already. */
  backup(toFile: string): Promise<void>

  /** Resolves when the engine answers; rejects with TEMPORARILY_UNAVAILABLE otherwise. */
  ping(): Promise<void>

  /** Finishes what was accepted, then closes. */
  close(): Promise<void>
}
