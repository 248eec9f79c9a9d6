import { copyFileSync, createReadStream, existsSync, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Problem } from '@orrery/base/kernel'
import { endCredentials } from '@orrery/domain/access'
import { recordedFiles, storeKeyOf } from '@orrery/domain/tracking'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import { copyRows, type Database } from '@orrery/drivers/db'
import { BEFORE_MIGRATION, DATABASE_FILE, lookAtSqlite, openSqlite } from '@orrery/drivers/db/sqlite'
import { CannotStart } from '../cannot-start.ts'
import { DATABASE_MARK, markDatabase } from '../database-mark.ts'
import { MIGRATIONS } from '../migrations.ts'
import { artifactsFolder, type Settings } from '../settings.ts'
import {
  ARTIFACTS_FOLDER,
  emptyFolder,
  type FileFacts,
  factsOf,
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
  const { begunAt, database, databaseFile } = readManifest(from)
  refuseOther(settings, database)
  for (const folder of [settings.home, artifactsFolder(settings)]) {
    if (!isVacant(folder)) {
      throw new CannotStart(
        `${folder} is not empty; a backup is restored into a new home only. Choose another.`,
      )
    }
  }
  if (database === 'sqlite') await checkDatabase(join(from, DATABASE_FILE), databaseFile)
  const copied = await restoreOf(settings, database)(settings, from, keepCredentials)
  return { begunAt, database, artifacts: { files: copied.size, bytes: bytesOf(copied) } }
}

function refuseOther({ databaseUrl }: Settings, database: RestoreReport['database']): void {
  if (database === 'postgresql' && databaseUrl === undefined) {
    throw new CannotStart(
      'The backup holds the artifacts alone, of a workspace on PostgreSQL: restore its dump with pg_restore, then name that database with --database-url.',
    )
  }
}

function restoreOf({ databaseUrl }: Settings, database: RestoreReport['database']) {
  if (database === 'postgresql') return restoreBesidePostgres
  return databaseUrl === undefined ? restoreHome : restoreIntoPostgres
}

/**
 * @param move brings the rows to where they belong, if that is not the home
 */
async function restoreHome(
  settings: Settings,
  from: string,
  keepCredentials: boolean,
  move?: (db: Database) => Promise<void>,
): Promise<CopiedFiles> {
  const { home } = settings
  const file = join(from, DATABASE_FILE)
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
    const copied = await fill(db, place, from, keepCredentials)
      .then(async (files) => {
        await move?.(db)
        return files
      })
      .finally(() => db.close())
    clearTraces(partial)
    if (move !== undefined) {
      rmSync(join(partial, DATABASE_FILE))
      rmSync(join(partial, BEFORE_MIGRATION), { recursive: true, force: true })
      markDatabase({ ...settings, home: partial })
    }
    syncFolder(partial)
    publish(partial, home, move === undefined ? DATABASE_FILE : DATABASE_MARK)
    return copied
  } catch (error) {
    rmSync(partial, { recursive: true, force: true })
    if (elsewhere !== undefined) emptyFolder(elsewhere)
    throw error
  }
}

/** Every page: a home must not be made of a database that fails some weeks later. */
async function checkDatabase(file: string, expected: FileFacts | undefined): Promise<void> {
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
  if (expected === undefined) return
  const { bytes, sha256 } = await factsOf(file)
  if (bytes === expected.bytes && sha256 === expected.sha256) return
  throw new CannotStart(`${file} is damaged: it is not what was backed up. Nothing was restored.`)
}

/** By way of a database on SQLite, where everything is checked before the first row reaches PostgreSQL. */
async function restoreIntoPostgres(
  settings: Settings,
  from: string,
  keepCredentials: boolean,
): Promise<CopiedFiles> {
  const { openPostgres } = await import('@orrery/drivers/db/postgres')
  const target = await openPostgres({ url: settings.databaseUrl! })
  try {
    await refuseUsed(target)
    return await restoreHome(settings, from, keepCredentials, async (db) => {
      await target.migrate(MIGRATIONS)
      await copyRows(db, target).catch((error: Error) => {
        throw new CannotStart(
          `The rows did not all reach PostgreSQL: ${error.message}. Make the database anew before another try; no server starts on it.`,
          { cause: error },
        )
      })
    })
  } finally {
    await target.close()
  }
}

async function refuseUsed(target: Database): Promise<void> {
  const found = await target.describeTables().then(
    ([first]) => first && `it has the table '${first.name}'`,
    (error: Error) => {
      if (error instanceof Problem) throw error
      // Of a type that none of our tables has.
      return error.message
    },
  )
  if (found === undefined) return
  throw new CannotStart(
    `The database is not empty: ${found}. A backup is restored into an empty database only.`,
  )
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
    // A dump by PostgreSQL's tools is younger than the artifacts beside it: what it knows and they lack is forgotten below.
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
