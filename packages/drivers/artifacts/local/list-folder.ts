import type { Dirent } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import type { Entry, FoundFile, Page } from '../artifact-store.ts'
import { byBytes } from '../store-key.ts'
import type { Folder, Tree } from './folders.ts'
import { isGone } from './local-faults.ts'
import { factsOf } from './read-file.ts'

/** Names read from the folder at a time, and files asked for their size at a time. */
const NAMES_AT_ONCE = 1024
const STATS_AT_ONCE = 32

/** Folders of a walk are read in pages of so many names. */
const WALK_PAGE = 10_000

export async function listFolder(
  tree: Tree,
  segments: readonly string[],
  page: { readonly after?: string; readonly limit: number },
): Promise<Page> {
  await using folder = await tree.folder(segments)
  if (folder === undefined) return { entries: [] }
  const hidden = segments.length === 0
  const found = await smallest(folder, (name) => !(hidden && name.startsWith('.')), page)
  const more = found.length > page.limit
  const kept = found.slice(0, page.limit)
  const entries = await describe(folder, kept)
  return more ? { entries, next: kept.at(-1)!.name } : { entries }
}

/**
 * The first `limit + 1` names after `after`. A folder comes in the order of its hashes, so each page reads all of
 * it (130 ms per 100,000 names) and keeps at most twice as many names as it will give.
 */
async function smallest(
  folder: Folder,
  wanted: (name: string) => boolean,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<Dirent[]> {
  const room = limit + 1
  let kept: Dirent[] = []
  let bound: string | undefined
  for await (const entry of await opendir(folder.at(), { bufferSize: NAMES_AT_ONCE })) {
    if (!(entry.isFile() || entry.isDirectory()) || !wanted(entry.name)) continue
    if (after !== undefined && byBytes(entry.name, after) <= 0) continue
    if (bound !== undefined && byBytes(entry.name, bound) >= 0) continue
    kept.push(entry)
    if (kept.length < 2 * room) continue
    kept = kept.sort(byName).slice(0, room)
    bound = kept.at(-1)!.name
  }
  return kept.sort(byName).slice(0, room)
}

const byName = (a: Dirent, b: Dirent) => byBytes(a.name, b.name)

async function describe(folder: Folder, found: readonly Dirent[]): Promise<Entry[]> {
  const entries: Entry[] = []
  for (let i = 0; i < found.length; i += STATS_AT_ONCE) {
    const some = await Promise.all(
      found.slice(i, i + STATS_AT_ONCE).map((entry) => describeOne(folder, entry)),
    )
    for (const entry of some) if (entry !== undefined) entries.push(entry)
  }
  return entries
}

/** Undefined if it vanished meanwhile. */
async function describeOne(folder: Folder, { name }: Dirent): Promise<Entry | undefined> {
  try {
    const stats = await lstat(folder.at(name))
    if (stats.isDirectory()) return { kind: 'folder', name }
    return stats.isFile() ? { kind: 'file', name, ...factsOf(stats) } : undefined
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/** Depth first, in byte order within each folder. */
export async function* walkFolder(tree: Tree, segments: readonly string[]): AsyncGenerator<FoundFile> {
  let after: string | undefined
  do {
    const page: Page = await listFolder(tree, segments, {
      limit: WALK_PAGE,
      ...(after === undefined ? {} : { after }),
    })
    for (const entry of page.entries) {
      const path = [...segments, entry.name]
      if (entry.kind === 'folder') yield* walkFolder(tree, path)
      else yield { key: path.join('/'), size: entry.size, etag: entry.etag, modifiedAtMs: entry.modifiedAtMs }
    }
    after = page.next
  } while (after !== undefined)
}
