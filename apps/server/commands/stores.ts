import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { randomIds, systemClock } from '@orrery/base/kernel'
import { makeMeter, systemCaller } from '@orrery/domain/access'
import { makeEmit } from '@orrery/domain/events'
import { findVersionFolder } from '@orrery/domain/registry'
import { makeRebuildArtifactFiles, recordedFiles } from '@orrery/domain/tracking'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import { copyRows, type Database, pendingMigrations, type Reads } from '@orrery/drivers/db'
import { DATABASE_FILE, lookAtSqlite, openSqlite } from '@orrery/drivers/db/sqlite'
import { CannotStart } from '../cannot-start.ts'
import { refuseWithoutDatabase } from '../database-mark.ts'
import { MIGRATIONS } from '../migrations.ts'
import { artifactsFolder, type Settings } from '../settings.ts'
import { shownBytes } from './backup-folder.ts'
import { connectPostgres } from './connect-postgres.ts'

/** The data of a workspace, seen without stopping the server that may be using them. */
export interface Source {
  readonly kind: 'sqlite' | 'postgresql'
  readonly reads: Reads
  /** False where an older version made the tables: then they may not be what this version asks for. */
  readonly isCurrent: boolean
  readonly artifacts: ArtifactStore
  /** Reads all of the database and says that it is sound. Throws `DamagedDatabase` where it is not. */
  checkDatabase(): Promise<string>
  /** Makes `orrery.db` in a folder of its own: the database as of one moment. */
  copyDatabase(folder: string): Promise<void>
  close(): Promise<void>
}

/** What is to be told of a database that cannot be trusted. */
export class DamagedDatabase extends CannotStart {}

export async function openSource(settings: Settings): Promise<Source> {
  const { home, databaseUrl } = settings
  if (!existsSync(home))
    throw new CannotStart(`There is no home: ${home} does not exist. Name it with --home.`)
  refuseWithoutDatabase(settings)
  const database = databaseUrl === undefined ? lookAtHome(home) : await connect(databaseUrl)
  const artifacts = await openLocalArtifactStore(artifactsFolder(settings))
  return {
    ...database,
    artifacts,
    async close() {
      await artifacts.close()
      await database.close()
    },
  }
}

function lookAtHome(home: string) {
  const file = join(home, DATABASE_FILE)
  const look = orCannotStart(() => lookAtSqlite(file, MIGRATIONS))
  return {
    kind: 'sqlite' as const,
    reads: look.read,
    isCurrent: look.pendingMigrations === 0,
    async checkDatabase() {
      try {
        look.check()
      } catch (error) {
        throw new DamagedDatabase(
          `${(error as Error).message} Stop the server, keep the home as it is, and restore the last backup into a new one.`,
          { cause: error },
        )
      }
      return `The database: every page of ${shownBytes(statSync(file).size)} was read, and is sound.`
    },
    copyDatabase: (folder: string) =>
      look.backup(join(folder, DATABASE_FILE)).catch((error: Error) => {
        throw new CannotStart(`${file} cannot be backed up: ${error.message}.`, { cause: error })
      }),
    close: async () => look.close(),
  }
}

async function connect(url: string) {
  const db = await connectPostgres(url)
  const pending = await pendingIn(db).catch(async (error: Error) => {
    await db.close()
    throw new CannotStart(error.message, { cause: error })
  })
  return {
    kind: 'postgresql' as const,
    reads: db.read,
    isCurrent: pending === 0,
    async checkDatabase() {
      await db.ping()
      return 'The database: PostgreSQL answers. Its pages it checks itself: see data_checksums and pg_amcheck.'
    },
    copyDatabase: (folder: string) =>
      copyToSqlite(db, folder).catch((error: Error) => {
        throw new CannotStart(`The database cannot be backed up: ${error.message}.`, { cause: error })
      }),
    close: () => db.close(),
  }
}

async function pendingIn(db: Database): Promise<number> {
  const tables = await db.describeTables()
  if (tables.length === 0) throw new CannotStart('The database is empty: no server was ever started on it.')
  return pendingMigrations(db.read, MIGRATIONS)
}

/** Row by row, because PostgreSQL's own dump would need its programs, of a version that fits; docs/decisions/0013. */
async function copyToSqlite(db: Database, folder: string): Promise<void> {
  const copy = await openSqlite({ folder, sync: false })
  try {
    await copy.migrate(MIGRATIONS)
    await copyRows(db, copy)
  } finally {
    await copy.close()
  }
  const look = lookAtSqlite(join(folder, DATABASE_FILE), MIGRATIONS)
  look.check()
  look.close()
}

/** What keeps a command from working is one sentence, whoever found it. */
function orCannotStart<T>(does: () => T): T {
  try {
    return does()
  } catch (error) {
    throw new CannotStart((error as Error).message, { cause: error })
  }
}

/** Makes the table of files say what the store holds: times and etags are not those of where the files came from. */
export async function rebuildArtifactFiles(db: Database, store: ArtifactStore): Promise<void> {
  const meter = makeMeter({ db, emit: makeEmit({ clock: systemClock, ids: randomIds }) })
  const rebuild = makeRebuildArtifactFiles({ db, store, clock: systemClock, meter, findVersionFolder })
  const { entries } = await store.list('', { limit: 100_000 })
  const workspaces = new Set(entries.map(({ name }) => Number(name)))
  // A workspace that has lost its last file has rows and no folder.
  for await (const row of recordedFiles(db.read)) workspaces.add(row.workspace_key)
  for (const key of workspaces) await rebuild(systemCaller({ key, name: String(key) }))
}
