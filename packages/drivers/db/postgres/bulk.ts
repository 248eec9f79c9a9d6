import type { BulkInsert, ColumnType, Rows, Value } from '../bulk.ts'
import { toColumnValue } from '../values.ts'

const SQL_TYPE: Readonly<Record<ColumnType, string>> = { int: 'int8', real: 'float8', text: 'text' }

/** One array per column instead of one placeholder per value: the same short text whatever the number of rows. */
export function bulkSql({ table, columns, key, onClash }: BulkInsert, returning = ''): string {
  const names = Object.keys(columns)
  const arrays = Object.values(columns).map((type, i) => `$${i + 1}::${SQL_TYPE[type]}[]`)
  const insert = `insert into "${table}" (${quoted(names)}) select * from unnest(${arrays.join(', ')})`
  const others = names.filter((name) => !key.includes(name))
  if (onClash === 'fail') return insert + returning
  if (onClash === 'ignore' || others.length === 0) {
    return `${insert} on conflict (${quoted(key)}) do nothing${returning}`
  }
  const update = others.map((name) => `"${name}" = excluded."${name}"`).join(', ')
  return `${insert} on conflict (${quoted(key)}) do update set ${update}${returning}`
}

/**
 * The numbers of the rows in the order of their keys. Two servers that lock rows in the same order cannot wait
 * for each other.
 */
export function keyOrder(insert: BulkInsert, rows: Rows): number[] {
  const places = keyPlaces(insert)
  return rows
    .map((_, row) => row)
    .sort((a, b) => {
      for (const place of places) {
        const left = rows[a]![place]!
        const right = rows[b]![place]!
        if (left < right) return -1
        if (left > right) return 1
      }
      return a - b
    })
}

export function keyPlaces({ columns, key }: BulkInsert): number[] {
  const names = Object.keys(columns)
  return key.map((name) => names.indexOf(name))
}

/** The columns as PostgreSQL array literals. pg's own encoding quotes every number and takes four times as long. */
export function toArrays(insert: BulkInsert, rows: Rows, order: readonly number[]): string[] {
  return Object.values(insert.columns).map((type, column) => {
    const items = order.map((row) => literal(toColumnValue(type, rows[row]![column]!)))
    return `{${items.join(',')}}`
  })
}

function literal(value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') return String(value)
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}

export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}
