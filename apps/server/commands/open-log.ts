import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Reads } from '@orrery/drivers/db'
import { CannotStart } from '../cannot-start.ts'
import { refuseWithoutDatabase } from '../database-mark.ts'
import { MIGRATIONS } from '../migrations.ts'
import type { Settings } from '../settings.ts'

/** The log, looked at from outside: a server may be writing on. */
export interface OpenLog {
  readonly reads: Reads
  close(): Promise<void>
}

/** Opens the database of a home for reading. */
export async function openLog(settings: Settings): Promise<OpenLog> {
  const { home, databaseUrl } = settings
  if (!existsSync(home))
    throw new CannotStart(`There is no home: ${home} does not exist. Name it with --home.`)
  refuseWithoutDatabase(settings)
  if (databaseUrl !== undefined) {
    const { openPostgres } = await import('@orrery/drivers/db/postgres')
    const db = await openPostgres({ url: databaseUrl })
    await db.ping()
    return { reads: db.read, close: () => db.close() }
  }
  const { DATABASE_FILE, lookAtSqlite } = await import('@orrery/drivers/db/sqlite')
  const look = orCannotStart(() => lookAtSqlite(join(home, DATABASE_FILE), MIGRATIONS))
  if (look.pendingMigrations > 0) {
    look.close()
    throw new CannotStart(
      'An older version has written this home. Start the server once, so that it is brought up to date.',
    )
  }
  return { reads: look.read, close: async () => look.close() }
}

function orCannotStart<T>(does: () => T): T {
  try {
    return does()
  } catch (error) {
    throw new CannotStart((error as Error).message, { cause: error })
  }
}
