import { Readable } from 'node:stream'
import { type Caller, invalid, Problem } from '@orrery/base/kernel'
import type { Body } from '@orrery/drivers/artifacts'
import type { OwnedFile } from '../../tracking/index.ts'
import { ARCHIVE_INDEX, type ArchivedVersion } from '../archives.ts'
import type { RegistryDeps } from '../deps.ts'
import type { ManifestFile } from '../model-version.ts'
import { entryName } from './archive-index.ts'
import { renewClaims } from './claims.ts'
import { foldersOf, refused } from './entry-names.ts'
import { ownFolder } from './own-folder.ts'
import type { TarEntry } from './read-tar.ts'
import { SideBySide } from './side-by-side.ts'

/** Well within the time after which a claim counts as abandoned. */
const RENEW_MS = 60 * 60 * 1000

/**
 * Files up to this size wait in memory and are stored beside each other: each costs the disk a sync or two, and of 5,000
 * little files one after another took 19 s.
 */
const SMALL_BYTES = 64 * 1024
const LANES = 16

/** A file with the digest that the index says and the store has found. */
export type ReceivedFile = ManifestFile & Pick<OwnedFile, 'etag'>

/** A version whose files have all come and are what the index says. */
export interface ReceivedVersion {
  readonly archived: ArchivedVersion
  /** Null for one without files. */
  readonly folderId: string | null
  readonly files: readonly ReceivedFile[]
}

interface Awaited {
  readonly version: number
  readonly file: ManifestFile
  came: boolean
}

/** Stores the files of an archive, each in the folder of its version. */
export function makeReceiveFiles(deps: Pick<RegistryDeps, 'db' | 'clock' | 'store'>) {
  const { store, clock } = deps

  /**
   * Throws INVALID_PARAMETER_VALUE for an entry that the index does not have, that comes twice, or that has another size
   * or digest, and for one that does not come.
   *
   * @param from.entries those after the index
   * @param from.release takes what is stored and not looked at again
   * @param folderOf by the number of the version; claimed
   */
  return async function receiveFiles(
    caller: Caller,
    { entries, release }: Pick<Body, 'release'> & { readonly entries: AsyncIterable<TarEntry> },
    versions: readonly ArchivedVersion[],
    folderOf: ReadonlyMap<number, string>,
  ): Promise<ReceivedVersion[]> {
    const awaited = awaitedOf(versions)
    let folders: ReadonlySet<string> | undefined
    const received = new Map<number, ReceivedFile[]>(versions.map(({ version }) => [version, []]))
    const lanes = new SideBySide(LANES)
    let renewedAt = clock()
    try {
      for await (const entry of entries) {
        if (entry.kind === 'folder') {
          folders ??= foldersOf(namesOf(versions))
          refuseStrange(folders, entry)
          continue
        }
        const { version, file } = taken(awaited, entry)
        if (clock() - renewedAt > RENEW_MS) {
          await renewClaims(deps, [...folderOf.values()])
          renewedAt = clock()
        }
        const key = `${caller.workspace.key}/${ownFolder(folderOf.get(version)!)}/${file.path}`
        const keep = async (content: Body) => {
          received.get(version)!.push(await receive(key, { ...entry, content }, file))
        }
        if (entry.size > SMALL_BYTES) {
          await keep({ [Symbol.asyncIterator]: () => entry.content[Symbol.asyncIterator](), release })
        } else {
          const chunks = await Array.fromAsync(entry.content)
          await lanes.start(() => keep(Readable.from(chunks)))
        }
      }
      await lanes.finish()
    } finally {
      await lanes.settle()
    }
    const missing = [...awaited].find(([, { came }]) => !came)?.[0]
    if (missing !== undefined) throw invalid(`The archive lacks the entry ${JSON.stringify(missing)}.`)
    await renewClaims(deps, [...folderOf.values()])
    return versions.map((archived) => ({
      archived,
      folderId: folderOf.get(archived.version) ?? null,
      files: received.get(archived.version)!,
    }))
  }

  async function receive(
    key: string,
    entry: TarEntry & { readonly content: Body },
    file: ManifestFile,
  ): Promise<ReceivedFile> {
    const content = watched(entry.content)
    try {
      const { etag } = await store.write(key, content.body, { size: file.size, sha256: file.sha256 })
      return { ...file, etag }
    } catch (error) {
      // The size was compared and the key is sound, so what the store itself refuses is the digest.
      const byStore =
        !content.failed() && error instanceof Problem && error.code === 'INVALID_PARAMETER_VALUE'
      throw byStore ? refused(entry.name, 'does not have the SHA-256 that the index says') : error
    }
  }
}

function refuseStrange(folders: ReadonlySet<string>, { name }: TarEntry): void {
  if (!folders.has(name)) throw refused(name, 'is a folder without a file of the index')
}

function* namesOf(versions: readonly ArchivedVersion[]): Generator<string> {
  for (const { version, files } of versions) for (const { path } of files) yield entryName(version, path)
}

function awaitedOf(versions: readonly ArchivedVersion[]): Map<string, Awaited> {
  return new Map(
    versions.flatMap(({ version, files }) =>
      files.map((file) => [entryName(version, file.path), { version, file, came: false }] as const),
    ),
  )
}

function taken(awaited: ReadonlyMap<string, Awaited>, entry: TarEntry): Awaited {
  const found = awaited.get(entry.name)
  if (found?.came || entry.name === ARCHIVE_INDEX) throw refused(entry.name, 'stands in the archive twice')
  if (found === undefined) throw refused(entry.name, `is not in '${ARCHIVE_INDEX}', which lists all files`)
  if (found.file.size !== entry.size) {
    throw refused(entry.name, `has ${entry.size} bytes, and the index says ${found.file.size}`)
  }
  found.came = true
  return found
}

/** The same bytes, and whether it was they that broke off. */
function watched(content: Body) {
  let failed = false
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      yield* content
    } catch (error) {
      failed = true
      throw error
    }
  }
  const body: Body = { [Symbol.asyncIterator]: bytes, release: content.release }
  return { body, failed: () => failed }
}
