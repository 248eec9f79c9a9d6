import type { Value } from '../bulk.ts'

/** The SQL function of reader threads: 1 while the scan may go on, an error once it may not. */
export const GO_ON = 'orrery_go_on'

/** Loop to reader thread. A snapshot begins with the first question after an `end`. */
export type ToReader =
  | { readonly type: 'all'; readonly sql: string; readonly values: readonly Value[] }
  | { readonly type: 'each'; readonly sql: string; readonly bindings: Bindings }
  | { readonly type: 'end' }

/**
 * What `each` binds, one after another. Numbers cross as one block: as lists of their own, 2,500 of them cost the two
 * threads 5 ms, nearly half of what finding the rows takes.
 */
export interface Bindings {
  readonly count: number
  readonly width: number
  readonly values: Float64Array | readonly Value[]
}

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

export function toBindings(lists: readonly (readonly Value[])[]): Bindings {
  const count = lists.length
  const width = lists[0]?.length ?? 0
  const numbers = new Float64Array(count * width)
  for (let i = 0, at = 0; i < count; i++) {
    const list = lists[i]!
    for (let j = 0; j < width; j++) {
      const value = list[j]
      if (typeof value !== 'number') return { count, width, values: lists.flat() }
      numbers[at++] = value
    }
  }
  return { count, width, values: numbers }
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
