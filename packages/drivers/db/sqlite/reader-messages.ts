import type { Value } from '../bulk.ts'

/** The SQL function of reader threads: 1 while the scan may go on, an error once it may not. */
export const GO_ON = 'orrery_go_on'

/** Loop to reader thread. A snapshot begins with the first question after an `end`. */
export type ToReader =
  | { readonly type: 'all'; readonly sql: string; readonly values: readonly Value[] }
  | { readonly type: 'each'; readonly sql: string; readonly bindings: readonly (readonly Value[])[] }
  | { readonly type: 'end' }

/**
 * Rows cross by column: a column of numbers is one block of memory that changes hands, and a column of text a flat
 * array, so that the loop has little to rebuild.
 */
export interface Columns {
  readonly names: readonly string[]
  readonly count: number
  readonly columns: readonly (Float64Array | readonly Value[])[]
  /** Where `each` found no row; absent if it found all. */
  readonly absent?: readonly number[]
}

/** Below this a block of its own costs more than it saves. */
const SMALL = 32

export function toColumns(names: readonly string[], rows: readonly (readonly Value[])[]): Columns {
  const columns = names.map((_, column) => {
    if (rows.length >= SMALL && rows.every((row) => typeof row[column] === 'number')) {
      return Float64Array.from(rows, (row) => row[column] as number)
    }
    return rows.map((row) => row[column]!)
  })
  return { names, count: rows.length, columns }
}

export function blocksOf({ columns }: Columns): ArrayBuffer[] {
  return columns.flatMap((column) => (column instanceof Float64Array ? [column.buffer as ArrayBuffer] : []))
}

export function toRows({ names, count, columns }: Columns): Record<string, unknown>[] {
  const rows = new Array<Record<string, unknown>>(count)
  for (let i = 0; i < count; i++) {
    const row: Record<string, unknown> = {}
    for (let j = 0; j < names.length; j++) row[names[j]!] = columns[j]![i]
    rows[i] = row
  }
  return rows
}
