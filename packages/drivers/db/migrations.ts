/** How the engine spells the types that both have. Domain migrations are written in these words only. */
export interface ColumnTypes {
  /** Internal key of a noun, PRIMARY KEY included: 64 bits, given by the engine, never reused. */
  readonly key: string
  /**
   * As `key`, higher than that of every row that is there, but it may come again when its row is gone. For queues: on
   * SQLite it saves the note of the highest key ever, a page more in each COMMIT.
   */
  readonly queueKey: string
  /** Whole number of up to 53 bits: counts, times in ms, keys of other nouns, flags as 0 and 1. */
  readonly int: string
  /** IEEE double. */
  readonly real: string
  /** Unicode text, compared byte by byte. */
  readonly text: string
  /** Ends a CREATE TABLE whose rows live in primary-key order (SQLite's WITHOUT ROWID; empty on PostgreSQL). */
  readonly clustered: string
  /** Ends any other CREATE TABLE. */
  readonly plain: string
}

/** One step forward. Runs in one transaction; there is no way back. */
export interface Migration {
  /** Counts from 1 within the module, without gaps. */
  readonly number: number
  readonly name: string
  readonly up: (types: ColumnTypes) => readonly string[]
}

/** The tables of one domain module. Modules migrate in a fixed order; no foreign keys across modules. */
export interface MigrationModule {
  readonly module: string
  readonly migrations: readonly Migration[]
}
