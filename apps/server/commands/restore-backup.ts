import { copyFileSync, createReadStream, existsSync, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { endCredentials } from '@orrery/domain/access'
import { recordedFiles, storeKeyOf } from '@orrery/domain/tracking'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import type { Database } from '@orrery/drivers/db'
import { DATABASE_FILE, lookAtSqlite, openSqlite } from '@orrery/drivers/db/sqlite'
import { CannotStart } from '../cannot-start.ts'
import { markDatabase } from '../database-mark.ts'
import { MIGRATIONS } from '../migrations.ts'
import { artifactsFolder, type Settings } from '../settings.ts'
import {
  ARTIFACTS_FOLDER,
  emptyFolder,
  isVacant,
  makePlace,
  placeFor,
  publish,
  readManifest,
  syncFolder,
} from './backup-folder.ts'
import { bytesOf, type CopiedFiles, isSame } from './copy-artifacts.ts'
import { clearTraces } from './make-backup.ts'
import { rebuildArtifactFiles } from './stores.ts'

export interface RestoreReport {
  readonly begunAt: string
  readonly database: 'sqlite' | 'postgresql'
  readonly artifacts: { readonly files: number; readonly bytes: number }
}

export interface RestoreOptions {
  readonly keepCredentials?: boolean
}

/**
 * Makes a home of a backup. Nothing is in the home until all of it is there, checked and synced; a home that holds
 * anything is refused. Sessions and tokens end: the backup does not know what was revoked after it.
 *
 * @param options.keepCredentials they stay as they were
 */
export async function restoreBackup(
  settings: Settings,
  from: string,
  { keepCredentials = false }: RestoreOptions = {},
): Promise<RestoreReport> {
  const { begunAt, database } = readManifest(from)
  refuseOther(settings, database)
  for (const folder of [settings.home, artifactsFolder(settings)]) {
    if (!isVacant(folder)) {
      throw new CannotStart(
        `${folder} is not empty; a backup is restored into a new home only. Choose another.`,
      )
    }
  }
  const restore = database === 'sqlite' ? restoreHome : restoreBesidePostgres
  const copied = await restore(settings, from, keepCredentials)
  return { begunAt, database, artifacts: { files: copied.size, bytes: bytesOf(copied) } }
}

function refuseOther({ databaseUrl }: Settings, database: RestoreReport['database']): void {
  if (database === 'postgresql' && databaseUrl === undefined) {
    throw new CannotStart(
      'The backup is of a workspace on PostgreSQL: restore its dump with pg_restore, then name that database with --database-url.',
    )
  }
  if (database === 'sqlite' && databaseUrl !== undefined) {
    throw new CannotStart('The backup holds a SQLite database; restore it without --database-url.')
  }
}

async function restoreHome(settings: Settings, from: string, keepCredentials: boolean): Promise<CopiedFiles> {
  const { home } = settings
  const file = join(from, DATABASE_FILE)
  checkDatabase(file)
  const partial = placeFor(home)
  if (existsSync(partial)) {
    throw new CannotStart(
      `${partial} is left from a restore that was broken off, or one is running. Remove it first.`,
    )
  }
  makePlace(partial)
  // Artifacts that live elsewhere are restored where they belong; the home appears after them.
  const elsewhere = settings.artifacts
  const place = elsewhere ?? join(partial, ARTIFACTS_FOLDER)
  try {
    copyFileSync(file, join(partial, DATABASE_FILE))
    const db = await openSqlite({ folder: partial })
    const copied = await fill(db, place, from, keepCredentials).finally(() => db.close())
    clearTraces(partial)
    syncFolder(partial)
    publish(partial, home, DATABASE_FILE)
    return copied
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    if (elsewhere !== undefined) emptyFolder(elsewhere)
    throw error
  }
}

/** Every page: a home must not be made of a database that fails some weeks later. */
function checkDatabase(file: string): void {
  try {
    const look = lookAtSqlite(file, MIGRATIONS)
    try {
      look.check()
    } finally {
      look.close()
    }
  } catch (error) {
    const { message, cause } = error as Error
    // What SQLite says of a file comes with advice for a home.
    const why = cause instanceof Error ? `${file} cannot be read: ${cause.message}.` : message
    throw new CannotStart(`${why} Nothing was restored.`, { cause: error })
  }
}

async function restoreBesidePostgres(
  settings: Settings,
  from: string,
  keepCredentials: boolean,
): Promise<CopiedFiles> {
  const { openPostgres } = await import('@orrery/drivers/db/postgres')
  const db = await openPostgres({ url: settings.databaseUrl! })
  try {
    makePlace(settings.home)
    const copied = await fill(db, artifactsFolder(settings), from, keepCredentials)
    markDatabase(settings)
    return copied
  } finally {
    await db.close()
  }
}

/** Brings the artifacts to a database that is in place, and holds them against its rows. */
async function fill(
  db: Database,
  place: string,
  from: string,
  keepCredentials: boolean,
): Promise<CopiedFiles> {
  await db.migrate(MIGRATIONS)
  if (!keepCredentials) await db.inTx(endCredentials)
  const target = await openLocalArtifactStore(place)
  try {
    const copied = await copyFolder(join(from, ARTIFACTS_FOLDER), target)
    // A dump of PostgreSQL is younger than the artifacts beside it: what it knows and they lack is forgotten below.
    if (db.can.soleWriter) await refuseDamage(db, copied)
    await rebuildArtifactFiles(db, target)
    return copied
  } finally {
    await target.close()
  }
}

/** Plain files are read, because a store would write into the backup, which may lie on a disk that cannot be written. */
async function copyFolder(folder: string, to: ArtifactStore): Promise<CopiedFiles> {
  const copied: CopiedFiles = new Map()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const key = relative(folder, file)
    const { size, sha256 } = await to.write(key, createReadStream(file))
    copied.set(key, { size, sha256 })
  }
  return copied
}

async function refuseDamage(db: Database, copied: CopiedFiles): Promise<void> {
  for await (const row of recordedFiles(db.read)) {
    const key = storeKeyOf(row)
    if (isSame(row, copied.get(key))) continue
    const state = copied.has(key) ? 'is not what was backed up' : 'is missing'
    throw new CannotStart(`The backup is damaged: the artifact ${key} ${state}. Nothing was restored.`)
  }
}
