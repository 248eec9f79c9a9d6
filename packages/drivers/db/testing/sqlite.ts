import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../database.ts'
import type { MigrationModule } from '../migrations.ts'
import { openSqlite } from '../sqlite/index.ts'
import { afterClose } from './after-close.ts'

/** In a folder of its own, without syncs: what survives power loss is the business of the driver's own tests. */
export async function openTestSqlite(modules: readonly MigrationModule[]): Promise<Database> {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-test-'))
  const database = await openSqlite({ folder, sync: false })
  await database.migrate(modules)
  return afterClose(database, () => rm(folder, { recursive: true }))
}
