import { chmodSync, copyFileSync, existsSync, rmSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { Problem } from '@orrery/base/kernel'
import { copyRows, type Database } from '@orrery/drivers/db'
import { BEFORE_MIGRATION, DATABASE_FILE, lookAtSqlite, openSqlite } from '@orrery/drivers/db/sqlite'
import { CannotStart } from '../cannot-start.ts'
import { DATABASE_MARK, markDatabase } from '../database-mark.ts'
import { MIGRATIONS } from '../migrations.ts'
import { artifactsFolder, type Settings } from '../settings.ts'
import {
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
import { connectPostgres } from './connect-postgres.ts'
import { bytesOf, type CopiedFiles } from './copy-artifacts.ts'
import { fill } from './fill-restored.ts'
import { clearTraces } from './make-backup.ts'

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
  const inHome = relative(home, artifactsFolder(settings))
  const elsewhere = /^\.\.(\/|$)/.test(inHome) || isAbsolute(inHome) ? settings.artifacts : undefined
  const place = elsewhere ?? join(partial, inHome)
  try {
    copyFileSync(file, join(partial, DATABASE_FILE))
    // As a home has it, whatever the mode of the backup: an archive may be read-only, or open to everybody.
    chmodSync(join(partial, DATABASE_FILE), 0o600)
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
  const target = await connectPostgres(settings.databaseUrl!)
  try {
    await refuseUsed(target)
    return await restoreHome(settings, from, keepCredentials, async (db) => {
      await target.migrate(MIGRATIONS).catch((error: Error) => {
        throw new CannotStart(`The tables cannot be made in PostgreSQL: ${error.message}.`, { cause: error })
      })
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

/** Tables would be made for the artifacts alone, and the dump could not be restored over them. */
async function refuseEmpty(db: Database): Promise<void> {
  const tables = await db.describeTables().catch(() => undefined)
  if (tables?.length !== 0) return
  throw new CannotStart(
    'The database is empty and the backup holds the artifacts alone: restore its dump with pg_restore first.',
  )
}

async function restoreBesidePostgres(
  settings: Settings,
  from: string,
  keepCredentials: boolean,
): Promise<CopiedFiles> {
  const db = await connectPostgres(settings.databaseUrl!)
  try {
    await refuseEmpty(db)
    makePlace(settings.home)
    const copied = await fill(db, artifactsFolder(settings), from, keepCredentials)
    markDatabase(settings)
    return copied
  } finally {
    await db.close()
  }
}
