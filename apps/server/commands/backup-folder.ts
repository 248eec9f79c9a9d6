import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CannotStart } from '../cannot-start.ts'
import { makeFolder } from '../make-folder.ts'

/*
 * A backup is a folder: `backup.json`, written last and so only there when the rest is complete; `orrery.db`, on whichever
 * engine the workspace is; and `artifacts/`, laid out as in a home.
 */

export const MANIFEST_FILE = 'backup.json'
export const ARTIFACTS_FOLDER = 'artifacts'

const PARTIAL = '.partial'

/** Grows when a version of this program could no longer restore what a newer one has backed up. */
const FORMAT = 1

export interface FileFacts {
  readonly bytes: number
  readonly sha256: string
}

export interface Manifest {
  readonly format: number
  /** ISO time at which the backup began: what was acknowledged before it is in the backup. */
  readonly begunAt: string
  /** What holds the database: `orrery.db`, or PostgreSQL itself, where only the artifacts are backed up. */
  readonly database: 'sqlite' | 'postgresql'
  /** `orrery.db`; older backups do not say. */
  readonly databaseFile?: FileFacts
  readonly artifacts: { readonly files: number; readonly bytes: number }
}

export function writeManifest(folder: string, told: Omit<Manifest, 'format'>): void {
  const manifest: Manifest = { format: FORMAT, ...told }
  const file = join(folder, MANIFEST_FILE)
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`, { flush: true })
  syncFolder(folder)
}

/** Throws one sentence where there is no complete backup, or one of a newer version. */
export function readManifest(folder: string): Manifest {
  const file = join(folder, MANIFEST_FILE)
  if (!existsSync(file)) {
    throw new CannotStart(`${folder} is not a complete backup: it has no ${MANIFEST_FILE}.`)
  }
  const manifest = parse(readFileSync(file, 'utf8'))
  if (typeof manifest?.format !== 'number') {
    throw new CannotStart(`${file} cannot be read; the backup is damaged.`)
  }
  if (manifest.format > FORMAT) {
    throw new CannotStart(
      `${folder} was made by a newer version of Orrery: its format is ${manifest.format}, and this version knows ${FORMAT}. Restore it with the newer version.`,
    )
  }
  return manifest
}

function parse(text: string): Manifest | undefined {
  try {
    return JSON.parse(text) as Manifest
  } catch {
    return undefined
  }
}

/** Reads the whole file; after that it is on the platter too. */
export async function factsOf(file: string): Promise<FileFacts> {
  const handle = await open(file, 'r')
  try {
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of handle.createReadStream({ autoClose: false })) {
      hash.update(chunk as Buffer)
      bytes += (chunk as Buffer).length
    }
    await handle.sync()
    return { bytes, sha256: hash.digest('hex') }
  } finally {
    await handle.close()
  }
}

/** Nothing is there, or an empty folder. */
export function isVacant(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).length === 0
}

/**
 * Where something is put together before it gets its name: beside the target, or inside where the folder is there
 * already, because that may be a disk of its own.
 */
export function placeFor(target: string): string {
  return existsSync(target) ? join(target, PARTIAL) : `${target}${PARTIAL}`
}

/** Gives what was put together its name, all at once or with the file that makes it count as the last. */
export function publish(place: string, target: string, last: string): void {
  if (place !== join(target, PARTIAL)) {
    renameSync(place, target)
    syncFolder(dirname(target))
    return
  }
  const others = readdirSync(place).filter((name) => name !== last)
  for (const name of others) renameSync(join(place, name), join(target, name))
  syncFolder(target)
  renameSync(join(place, last), join(target, last))
  rmdirSync(place)
  syncFolder(target)
}

/** Removes all that is in a folder, not the folder: it may be a disk of its own. */
export function emptyFolder(folder: string): void {
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
}

/** Makes the folder in which something is put together. Throws one sentence where it cannot. */
export function makePlace(folder: string): void {
  try {
    makeFolder(folder)
  } catch (error) {
    throw new CannotStart(`${folder} cannot be made: ${(error as Error).message}. Choose another folder.`)
  }
}

/** Makes names that came into a folder survive power loss. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r')
  fsyncSync(fd)
  closeSync(fd)
}

/** `1.5 MiB` */
export function shownBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const number = bytes / 1024 ** power
  return `${power === 0 ? number : number.toFixed(1)} ${units[power]}`
}
