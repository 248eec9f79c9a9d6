import type { BulkInsert, ColumnType, Rows, Value } from '../bulk.ts'
import { toColumnValue } from '../values.ts'

const SQL_TYPE: Readonly<Record<ColumnType, string>> = { int: 'int8', real: 'float8', text: 'text' }

/** One array per column instead of one placeholder per value: the same short text whatever the number of rows. */
export function bulkSql(insert: BulkInsert): string {
  const names = quoted(Object.keys(insert.columns))
  return `insert into "${insert.table}" (${names}) select * from unnest(${arrays(insert)})${clashClause(insert)}`
}

/**
 * As `bulkSql`, and answers one row: `made` counts the new rows, `places` lists them (from 1, in the order given,
 * joined by commas) and is null where all are new. A thousand returned keys would cost this process four times
 * as much as the insert.
 */
export function markedSql(insert: BulkInsert): string {
  const { table, columns } = insert
  const names = Object.keys(columns)
  const key = quoted(insert.key)
  const given = Object.entries(columns).map(([name, type]) =>
    type === 'text' ? `"${name}" collate "C" as "${name}"` : `"${name}"`,
  )
  // xmax is 0 in a row that this statement made, and the updating transaction in one that was there.
  return `
    with given as materialized (
      select ${given.join(', ')}, place from unnest(${arrays(insert)}) with ordinality as u (${quoted(names)}, place)
    ), touched as (
      insert into "${table}" (${quoted(names)}) select ${quoted(names)} from given order by place${clashClause(insert)}
      returning ${key}, xmax = 0 as is_new
    ), made as (select ${key} from touched where is_new), counted as (select count(*) as made from made)
    select made, case when made < (select count(*) from given) then (
      select string_agg(place::text, ',') from (select min(place) as place from given join made using (${key}) group by ${key}) as first
    ) end as places from counted`
}

function arrays({ columns }: BulkInsert): string {
  return Object.values(columns)
    .map((type, i) => `$${i + 1}::${SQL_TYPE[type]}[]`)
    .join(', ')
}

function clashClause({ columns, key, onClash }: BulkInsert): string {
  if (onClash === 'fail') return ''
  const others = Object.keys(columns).filter((name) => !key.includes(name))
  if (onClash === 'ignore' || others.length === 0) return ` on conflict (${quoted(key)}) do nothing`
  const update = others.map((name) => `"${name}" = excluded."${name}"`).join(', ')
  return ` on conflict (${quoted(key)}) do update set ${update}`
}

/**
 * The numbers of the rows in the order of their keys. Two servers that lock rows in the same order cannot wait
 * for each other.
 */
export function keyOrder(insert: BulkInsert, rows: Rows): number[] {
  const names = Object.keys(insert.columns)
  const places = insert.key.map((name) => names.indexOf(name))
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

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}
