import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { recordedFile, recordedFiles, storeKeyOf } from '@orrery/domain/tracking'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import { openLocalArtifactStore } from '@orrery/drivers/artifacts/local'
import { DATABASE_FILE, openSqlite } from '@orrery/drivers/db/sqlite'
import { CannotStart } from '../cannot-start.ts'
import type { Settings } from '../settings.ts'
import {
  ARTIFACTS_FOLDER,
  factsOf,
  isVacant,
  MANIFEST_FILE,
  type Manifest,
  makePlace,
  placeFor,
  publish,
  writeManifest,
} from './backup-folder.ts'
import { bytesOf, type CopiedFiles, catchUp, copyArtifacts, isSame } from './copy-artifacts.ts'
import { openSource, rebuildArtifactFiles, type Source } from './stores.ts'

export interface BackupReport extends Omit<Manifest, 'format'> {
  /** Keys of artifacts whose files are missing or damaged in the home; the backup holds what there is of them. */
  readonly damaged: readonly string[]
}

export interface BackupOptions {
  /** The database is backed up by PostgreSQL's own means. @default false */
  readonly artifactsOnly?: boolean
}

/**
 * Backs a workspace up while a server may be using it. Artifacts are copied first, then the database in one
 * snapshot, then the artifacts that the snapshot knows and the first pass did not find: so the backup's database
 * tells of no file that is not in it. Everything acknowledged before the begin is in the backup.
 *
 * Nothing is at `to` until all of it is there, checked and synced.
 */
export async function makeBackup(
  settings: Settings,
  to: string,
  { artifactsOnly = false }: BackupOptions = {},
): Promise<BackupReport> {
  if (artifactsOnly && settings.databaseUrl === undefined) {
    throw new CannotStart(
      '--artifacts-only is for workspaces on PostgreSQL: on SQLite the backup is one of both.',
    )
  }
  const now = new Date()
  if (!isVacant(to))
    throw new CannotStart(`${to} is not empty; a backup replaces nothing. Choose another folder.`)
  const source = await openSource(settings)
  const partial = placeFor(to)
  try {
    if (source.kind === 'postgresql' && !source.isCurrent) {
      throw new NothingMade(
        'The tables are those of an older version of Orrery: back up with that version, or after the upgrade.',
      )
    }
    makePartial(partial)
    const artifacts = await openLocalArtifactStore(join(partial, ARTIFACTS_FOLDER))
    const copied = await copyArtifacts(source.artifacts, artifacts)
    const damaged = artifactsOnly
      ? await checkAgainst(source, artifacts, copied)
      : await copyDatabase(source, partial, artifacts, copied)
    await artifacts.close()
    clearTraces(partial)
    const files = { files: copied.size, bytes: bytesOf(copied) }
    const database = artifactsOnly
      ? { database: 'postgresql' as const }
      : { database: 'sqlite' as const, databaseFile: await factsOf(join(partial, DATABASE_FILE)) }
    const told = { begunAt: now.toISOString(), ...database, artifacts: files }
    writeManifest(partial, told)
    publish(partial, to, MANIFEST_FILE)
    return { ...told, damaged }
  } catch (error) {
    if (!(error instanceof NothingMade)) rmSync(partial, { recursive: true, force: true })
    throw error
  } finally {
    await source.close()
  }
}

class NothingMade extends CannotStart {}

function makePartial(partial: string): void {
  if (existsSync(partial)) {
    throw new NothingMade(
      `${partial} is there: another backup is being made, or one was broken off. If none is running, remove it.`,
    )
  }
  makePlace(partial)
}

/** @returns the keys of damaged artifacts */
async function copyDatabase(
  source: Source,
  folder: string,
  artifacts: ArtifactStore,
  copied: CopiedFiles,
): Promise<string[]> {
  await source.copyDatabase(folder)
  // An older version's tables are copied as they are: they may not have what this version would compare.
  if (!source.isCurrent) return []
  const db = await openSqlite({ folder })
  try {
    const damaged = await catchUp({
      from: source.artifacts,
      to: artifacts,
      copied,
      recorded: recordedFiles(db.read),
      now: (file) => recordedFile(source.reads, file),
    })
    await rebuildArtifactFiles(db, artifacts)
    for await (const row of recordedFiles(db.read)) {
      if (isSame(row, copied.get(storeKeyOf(row)))) continue
      throw new CannotStart(`The copy of ${storeKeyOf(row)} does not read back as it was written.`)
    }
    return damaged
  } finally {
    await db.close()
  }
}

/** Where the database is copied by a tool of its own, the files are held against the rows of this moment. */
function checkAgainst(source: Source, artifacts: ArtifactStore, copied: CopiedFiles): Promise<string[]> {
  return catchUp({
    from: source.artifacts,
    to: artifacts,
    copied,
    recorded: recordedFiles(source.reads),
    now: (file) => recordedFile(source.reads, file),
  })
}

/** What the stores keep beside the data while they are open. */
export function clearTraces(folder: string): void {
  for (const name of ['lock', join(ARTIFACTS_FOLDER, '.tmp'), join(ARTIFACTS_FOLDER, '.multipart')]) {
    rmSync(join(folder, name), { recursive: true, force: true })
  }
}
