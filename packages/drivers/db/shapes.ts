import { sql } from 'kysely'
import type { ColumnType } from './bulk.ts'
import type { Reads } from './database.ts'

/** A table as both engines have it. */
export interface TableShape {
  readonly name: string
  readonly columns: Readonly<Record<string, ColumnType>>
  /** Columns of the primary key, in its order. */
  readonly key: readonly string[]
}

/** One row of what an engine tells of its columns. */
export interface ToldColumn {
  readonly table: string
  readonly column: string
  readonly type: string
  /** Place in the primary key from 1; 0 where it is not part of it. */
  readonly place: number
}

/** Keeps account of the migrations: no table of a module. */
export const LEDGER_TABLE = 'schema_migrations'

/** @param types what the engine calls the three types */
export function shapesOf(
  told: readonly ToldColumn[],
  types: Readonly<Record<string, ColumnType>>,
): readonly TableShape[] {
  const byTable = Map.groupBy(told, ({ table }) => table)
  byTable.delete(LEDGER_TABLE)
  return Array.from(byTable, ([name, columns]) => ({
    name,
    columns: Object.fromEntries(
      columns.map(({ column, type }) => {
        const known = types[type.toLowerCase()]
        if (known === undefined)
          throw new Error(`${name}.${column} has the type '${type}', which is none of ours`)
        return [column, known]
      }),
    ),
    key: columns
      .filter(({ place }) => place > 0)
      .sort((a, b) => a.place - b.place)
      .map(({ column }) => column),
  })).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The migrations that were made, as one text. */
export async function ledgerOf(reads: Reads): Promise<string> {
  const { rows } = await sql<{ step: string }>`
    select module || ' ' || number || ' ' || name as step from ${sql.table(LEDGER_TABLE)}
    order by module, number`.execute(reads.tables<never>())
  return rows.map(({ step }) => step).join('\n')
}
