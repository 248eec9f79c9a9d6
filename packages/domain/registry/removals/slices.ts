import { statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, type SqlBool, sql } from 'kysely'
import type { RegistryTables } from '../registry-tables.ts'

/** Rows that one transaction deletes at most. */
export const SLICE_ROWS = 1000

type Table = 'version_files' | 'version_tags' | 'version_summaries' | 'version_advice'

/** Deletes some rows of a table that belong to versions. Its `key` columns name each row. */
function slice(table: Table, key: readonly string[]) {
  return statement(
    `registry.remove-from-${table}`,
    (k: Kysely<RegistryTables>, p: { versions: readonly number[]; limit: number }, words) => {
      const columns = sql.join(key.map((column) => sql.ref(column)))
      const owned = words.among(sql.ref('version_key'), p.versions)
      const rows = sql`select ${columns} from ${sql.table(table)} where ${owned} limit ${p.limit}`
      return k.deleteFrom(table).where(sql<SqlBool>`(${columns}) in (${rows})`)
    },
  )
}

const SLICES = [
  slice('version_tags', ['version_key', 'key']),
  slice('version_summaries', ['version_key']),
  slice('version_advice', ['version_key', 'scanner']),
  slice('version_files', ['version_key', 'path']),
]

/**
 * Deletes up to `SLICE_ROWS` rows of versions whose own rows are gone or about to go.
 *
 * @returns whether there may be more: if so, call again in another transaction
 */
export async function removeSlice(tx: Tx, versions: readonly number[]): Promise<boolean> {
  let left = SLICE_ROWS
  for (const rows of SLICES) {
    left -= await tx.run(rows, { versions, limit: left })
    if (left <= 0) return true
  }
  return false
}
