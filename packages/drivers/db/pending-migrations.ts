import { sql } from 'kysely'
import type { Reads } from './database.ts'
import { type Applied, planMigrations } from './migrate.ts'
import type { MigrationModule } from './migrations.ts'
import { LEDGER_TABLE } from './shapes.ts'

/**
 * How many migrations are still to be made; 0 where the tables are those of these modules.
 *
 * Throws one sentence where a newer version has written them, or a copy into them was broken off.
 */
export async function pendingMigrations(reads: Reads, modules: readonly MigrationModule[]): Promise<number> {
  const { rows } = await sql<Applied>`select module, number, name from ${sql.table(LEDGER_TABLE)}`.execute(
    reads.tables<never>(),
  )
  return planMigrations(rows, modules).length
}
