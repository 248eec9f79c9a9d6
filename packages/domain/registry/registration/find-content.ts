import { hash } from 'node:crypto'
import { type Caller, Problem } from '@orrery/base/kernel'
import type { OpenFile } from '@orrery/drivers/artifacts'
import type { Reads } from '@orrery/drivers/db'
import { type FileBelow, learnDigest, recordedBelow, storeKeyOf } from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import { LIMITS } from '../limits.ts'
import type { ManifestFile } from '../model-version.ts'
import type { Content } from './content.ts'
import { asCustom, describe, describeFiles, type ReadFile } from './describe-files.ts'
import { hashFile } from './hash-file.ts'
import { readAll } from './read-all.ts'

type Deps = Pick<RegistryDeps, 'db' | 'store'>

/** What lies at a path, and the records that say so: while they are the same, so is the content. */
export interface FoundContent {
  readonly content: Content
  readonly rows: readonly FileBelow[]
}

/** Says that a file is not, or no longer, what is recorded of it. */
export class FileChanged extends Error {}

/**
 * What lies at a path of the store. Digests are those that were recorded when the files came; where one is not known
 * the file is read, and the digest kept for the next time.
 *
 * @param path canonical, without the workspace; of a folder or of one file
 * @returns undefined where files change meanwhile: ask again
 */
export async function findContent(
  deps: Deps,
  caller: Caller,
  path: string,
): Promise<FoundContent | undefined> {
  try {
    const rows = await deps.db.scan((reads) => recordsBelow(reads, caller, path))
    return await contentOf(deps, caller, path, rows)
  } catch (error) {
    if (error instanceof FileChanged) return undefined
    throw error
  }
}

/** The records that a content is made of, and one more than fit where there are too many. */
export function recordsBelow(reads: Reads, caller: Caller, path: string): Promise<FileBelow[]> {
  return recordedBelow(reads, caller, path, LIMITS.manifestFiles + 1)
}

/** Whether the records are still those of a content. */
export function areSame(rows: readonly FileBelow[], others: readonly FileBelow[]): boolean {
  return (
    rows.length === others.length &&
    rows.every((row, at) => {
      const other = others[at]!
      return (
        row.root === other.root &&
        row.path === other.path &&
        row.size === other.size &&
        row.sha256 === other.sha256 &&
        row.etag === other.etag
      )
    })
  )
}

async function contentOf(
  deps: Deps,
  caller: Caller,
  path: string,
  rows: readonly FileBelow[],
): Promise<FoundContent> {
  if (rows.length > LIMITS.manifestFiles) return { rows, content: await tooMany(deps, caller, rows) }
  const known = await withDigests(deps, caller, rows)
  const files: ManifestFile[] = known.map(({ below, size, sha256 }) => ({ path: below, size, sha256 }))
  const isFile = rows.length === 1 && `${rows[0]!.root}/${rows[0]!.path}` === path
  const content = await describeFiles(files, readerOf(deps, caller, known))
  // A file by itself is no folder that MLflow could load, whatever its name.
  return { rows: known, content: isFile ? asCustom(content) : content }
}

/** Its manifest counts the files that were looked at. */
async function tooMany(deps: Deps, caller: Caller, rows: readonly FileBelow[]): Promise<Content> {
  const files = rows.map(({ below, size }) => ({ path: below, size }))
  const { type, summary } = await describe(files, readerOf(deps, caller, rows))
  const reason = `More than ${LIMITS.manifestFiles} files are not looked at.`
  return {
    type,
    runsCode: true,
    manifest: {
      state: 'too-many',
      digest: null,
      files: rows.length,
      bytes: rows.reduce((sum, { size }) => sum + size, 0),
    },
    files: [],
    summary: { ...summary, codeReasons: [...summary.codeReasons, reason] },
  }
}

type HashedRow = FileBelow & { readonly sha256: string }

/** Learned in one transaction: a sync for each of 20,000 small files would take a minute. */
const LEARNED_ROWS = 100
/** But of large files each by itself, so that no second of reading is lost. */
const LEARNED_BYTES = 256 * 1024 * 1024

/** Computes the digests that are not known, and keeps them also where it is broken off. */
async function withDigests(
  deps: Deps,
  caller: Caller,
  rows: readonly FileBelow[],
): Promise<readonly HashedRow[]> {
  const known: HashedRow[] = []
  let learned: HashedRow[] = []
  const keep = async () => {
    const some = learned
    learned = []
    if (some.length > 0) await learn(deps, caller, some)
  }
  try {
    for (const row of rows) {
      if (row.sha256 === null) learned.push({ ...row, sha256: await hashRecorded(deps, caller, row) })
      known.push(row.sha256 === null ? learned.at(-1)! : { ...row, sha256: row.sha256 })
      const bytes = learned.reduce((sum, { size }) => sum + size, 0)
      if (learned.length >= LEARNED_ROWS || bytes >= LEARNED_BYTES) await keep()
    }
  } finally {
    await keep()
  }
  return known
}

/** The digest of a file that has none yet: computed, and kept unless the file has been replaced meanwhile. */
export async function digestOf(deps: Deps, caller: Caller, row: FileBelow): Promise<string> {
  const sha256 = await hashRecorded(deps, caller, row)
  await learn(deps, caller, [{ ...row, sha256 }])
  return sha256
}

async function hashRecorded({ store }: Deps, caller: Caller, row: FileBelow): Promise<string> {
  const hashed = await hashFile(store, keyOf(caller, row))
  if (hashed === undefined || hashed.etag !== row.etag) throw new FileChanged()
  return hashed.sha256
}

async function learn({ db }: Deps, caller: Caller, rows: readonly HashedRow[]): Promise<void> {
  await db.inTx(async (tx) => {
    for (const row of rows) await learnDigest(tx, caller, row, row.sha256)
  })
}

/** What is read is what is recorded, to the byte. */
function readerOf({ store }: Deps, caller: Caller, rows: readonly FileBelow[]): ReadFile {
  return async (path) => {
    const row = rows.find(({ below }) => below === path)!
    const bytes = await readAll(await openRecorded(() => store.open(keyOf(caller, row)), row))
    if (row.sha256 !== null && hash('sha256', bytes, 'hex') !== row.sha256) throw new FileChanged()
    return bytes
  }
}

async function openRecorded(open: () => Promise<OpenFile>, row: FileBelow): Promise<OpenFile> {
  const file = await open().catch((error) => {
    throw error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST' ? new FileChanged() : error
  })
  if (file.facts.etag === row.etag && file.facts.size === row.size) return file
  await file.close()
  throw new FileChanged()
}

export const keyOf = (caller: Caller, { root, path }: Pick<FileBelow, 'root' | 'path'>) =>
  storeKeyOf({ workspace_key: caller.workspace.key, root, path })
