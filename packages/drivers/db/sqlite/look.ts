import { existsSync } from 'node:fs'
import type { Reads } from '../database.ts'
import { type Applied, planMigrations } from '../migrate.ts'
import type { MigrationModule } from '../migrations.ts'
import { backupSqlite } from './backup.ts'
import { sqliteCode } from './faults.ts'
import { LoopConnection } from './loop-connection.ts'
import { refuseOldSqlite, refuseStranger } from './open.ts'
import { SqliteReads } from './tx.ts'

const CACHE_KIB = 8_192
const TIMEOUT_MS = 5_000

/** A database seen from outside: another process may hold its home and write to it. */
export interface SqliteOnlooker {
  readonly read: Reads
  /** How many migrations are still to be made; 0 where the tables are those of this version. */
  readonly pendingMigrations: number
  /** As `Database.backup`. */
  backup(toFile: string): Promise<void>
  /** Reads every page. Throws one sentence, with the name of the file, where one is damaged. */
  check(): void
  close(): void
}

/**
 * Opens a database for reading, without the lock of its home. Throws one sentence where there is none, and where a
 * newer version has written it.
 */
export function lookAtSqlite(file: string, modules: readonly MigrationModule[]): SqliteOnlooker {
  refuseOldSqlite()
  if (!existsSync(file)) throw new Error(`There is no database: ${file} does not exist.`)
  const connection = named(file, () => {
    return new LoopConnection(file, { readOnly: true, cacheKib: CACHE_KIB, timeoutMs: TIMEOUT_MS })
  })
  try {
    refuseStranger(connection.database, file)
    const pendingMigrations = planMigrations(
      named(file, () => appliedTo(connection)),
      modules,
    ).length
    return {
      read: new SqliteReads(connection),
      pendingMigrations,
      backup: (toFile) => backupSqlite(file, toFile),
      check: () => checkPages(connection, file),
      close: () => connection.close(),
    }
  } catch (error) {
    connection.close()
    throw error
  }
}

function appliedTo({ database }: LoopConnection): Applied[] {
  const ledger = database.prepare(`select 1 from sqlite_schema where name = 'schema_migrations'`).get()
  if (ledger === undefined) return []
  return database.prepare('select module, number, name from schema_migrations').all() as unknown as Applied[]
}

function checkPages({ database }: LoopConnection, file: string): void {
  const row = named(file, () => database.prepare('pragma integrity_check(1)').get())
  const verdict = String(row?.integrity_check)
  // Before the finding there may be a line that names the database "main".
  if (verdict !== 'ok') throw new Error(`${file} is damaged: ${verdict.split('\n').at(-1)}.`)
}

/** SQLite's own errors do not say which file they are about. */
function named<T>(file: string, does: () => T): T {
  try {
    return does()
  } catch (error) {
    if (sqliteCode(error) === undefined) throw error
    throw new Error(`${file} cannot be read: ${(error as Error).message}.`, { cause: error })
  }
}
