import type pg from 'pg'
import { shapesOf, type TableShape, type ToldColumn } from '../shapes.ts'

const TYPES = { bigint: 'int', integer: 'int', 'double precision': 'real', text: 'text' } as const

const COLUMNS = `
  select c.relname as "table", a.attname as "column", format_type(a.atttypid, a.atttypmod) as type,
         coalesce(1 + array_position(i.indkey::int2[], a.attnum), 0)::int as place
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_index i on i.indrelid = c.oid and i.indisprimary
  where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
  order by c.relname, a.attnum`

const GIVEN_KEYS = `
  select c.relname as "table", a.attname as "column",
         pg_get_serial_sequence(quote_ident(c.relname), a.attname) as sequence
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attidentity <> ''
  where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace`

interface GivenKey {
  readonly table: string
  readonly column: string
  readonly sequence: string
}

export async function describePostgres(pool: pg.Pool): Promise<readonly TableShape[]> {
  const { rows } = await pool.query<ToldColumn>(COLUMNS)
  return shapesOf(rows, TYPES)
}

export async function highestKeysOfPostgres(pool: pg.Pool): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ table: string; highest: number | null }>(
    `select "table", pg_sequence_last_value(sequence::regclass) as highest from (${GIVEN_KEYS}) as given`,
  )
  return new Map(rows.flatMap(({ table, highest }) => (highest === null ? [] : [[table, highest]])))
}

export async function raiseKeysOfPostgres(
  pool: pg.Pool,
  highest: ReadonlyMap<string, number>,
): Promise<void> {
  const { rows } = await pool.query<GivenKey>(GIVEN_KEYS)
  for (const { table, column, sequence } of rows) {
    // The third argument of `setval`: whether this key was given, so that a table without any begins with 1.
    await pool.query(
      `select setval($1::regclass, greatest(key, 1), key > 0)
       from (select greatest($2::bigint, (select max("${column}") from "${table}"), 0) as key) as highest`,
      [sequence, highest.get(table) ?? 0],
    )
  }
}
