import { sql } from 'kysely'
import type { Database, Reads } from '../database.ts'
import { shapesOf, type TableShape, type ToldColumn } from '../shapes.ts'

const TYPES = { integer: 'int', real: 'real', text: 'text' } as const

export async function describeSqlite(reads: Reads): Promise<readonly TableShape[]> {
  const { rows } = await sql<ToldColumn>`
    select t.name as "table", c.name as "column", c.type as type, c.pk as place
    from sqlite_schema as t, pragma_table_info(t.name) as c
    where t.type = 'table' and t.name not like 'sqlite\\_%' escape '\\'
    order by t.name, c.cid`.execute(reads.tables<never>())
  return shapesOf(rows, TYPES)
}

/** SQLite keeps account where a key is never given again; of queues the rows that are there decide. */
export async function highestKeysOfSqlite(reads: Reads): Promise<ReadonlyMap<string, number>> {
  if (!(await keepsAccount(reads))) return new Map()
  const { rows } = await sql<{ name: string; seq: number }>`select name, seq from sqlite_sequence`.execute(
    reads.tables<never>(),
  )
  return new Map(rows.map(({ name, seq }) => [name, seq]))
}

export async function raiseKeysOfSqlite(db: Database, highest: ReadonlyMap<string, number>): Promise<void> {
  if (!(await keepsAccount(db.read))) return
  await db.inTx(async (tx) => {
    const tables = tx.tables<never>()
    for (const [name, key] of highest) {
      const { numAffectedRows } =
        await sql`update sqlite_sequence set seq = max(seq, ${key}) where name = ${name}`.execute(tables)
      if (numAffectedRows !== 0n) continue
      await sql`
        insert into sqlite_sequence (name, seq) select name, ${key} from sqlite_schema
        where type = 'table' and name = ${name} and sql like '%autoincrement%'`.execute(tables)
    }
  })
}

async function keepsAccount(reads: Reads): Promise<boolean> {
  const { rows } = await sql`select 1 from sqlite_schema where name = 'sqlite_sequence'`.execute(
    reads.tables<never>(),
  )
  return rows.length > 0
}
