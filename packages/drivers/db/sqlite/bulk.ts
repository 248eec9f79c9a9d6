import type { BulkInsert, ColumnType, Rows, Value } from '../bulk.ts'
import { toColumnValue } from '../values.ts'

/** How many rows one statement takes when there are that many. */
export const ROWS_AT_ONCE = 64

/*
 * A statement of many rows takes 1.3 µs a point where one a row takes 1.8 (ROWS_AT_ONCE 64, bench/log-batch). Only with
 * OR FAIL: otherwise SQLite copies every page it touches, so that it could undo the rows before a bad one. Here that
 * is the savepoint's business, which undoes the verb.
 */
export function bulkSql({ table, columns, key, onClash }: BulkInsert, rows: number): string {
  const names = Object.keys(columns)
  const row = `(${names.map(() => '?').join(', ')})`
  const insert = `insert or fail into "${table}" (${quoted(names)}) values ${Array(rows).fill(row).join(', ')}`
  if (onClash === 'fail') return insert
  const others = names.filter((name) => !key.includes(name))
  if (onClash === 'ignore' || others.length === 0) return `${insert} on conflict (${quoted(key)}) do nothing`
  const update = others.map((name) => `"${name}" = excluded."${name}"`).join(', ')
  return `${insert} on conflict (${quoted(key)}) do update set ${update}`
}

export function checkedRow(
  types: readonly ColumnType[],
  row: readonly Value[],
  into: Value[],
  from: number,
): void {
  for (let i = 0; i < types.length; i++) into[from + i] = toColumnValue(types[i]!, row[i]!)
}

export function checkWidth({ table }: BulkInsert, types: readonly ColumnType[], rows: Rows): void {
  const wrong = rows.find((row) => row.length !== types.length)
  if (wrong === undefined) return
  throw new Error(`a row for '${table}' has ${wrong.length} values; its columns are ${types.length}`)
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}
