/** The column types that exist in both engines. See `ColumnTypes` for what they are called in each. */
export type ColumnType = 'int' | 'real' | 'text'

/** Many rows for one table, told once per kind of insert; each engine compiles it in its own way. */
export interface BulkInsert {
  readonly table: string
  /** In the order of the values in each row. */
  readonly columns: Readonly<Record<string, ColumnType>>
  /** Columns of the key that may clash. */
  readonly key: readonly string[]
  /**
   * What happens when the key is there already: `ignore` keeps the old row, `replace` takes the new values of
   * the other columns, `fail` breaks the transaction.
   */
  readonly onClash: 'ignore' | 'replace' | 'fail'
}

export type Value = string | number | null

/** One array of values per row, in the order of the columns. Rows of one call must not clash with each other under `replace`. */
export type Rows = readonly (readonly Value[])[]
