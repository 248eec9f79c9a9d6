import { lstat, opendir, rmdir, unlink } from 'node:fs/promises'
import type { Folder, Tree } from './folders.ts'
import { codeOf, isGone } from './local-faults.ts'

/** Files removed side by side: the calls wait for the disk, not for each other. */
const FILES_AT_ONCE = 32

interface Removed {
  files: number
  bytes: number
}

/** @returns whether there was such a plain file */
export async function deleteFile(tree: Tree, segments: readonly string[]): Promise<boolean> {
  {
    await using folder = await tree.folder(segments.slice(0, -1))
    if (folder === undefined) return false
    if (!(await unlinkPlain(folder, segments.at(-1)!))) return false
    await folder.sync()
  }
  await tree.prune(segments.slice(0, -1))
  return true
}

async function unlinkPlain(folder: Folder, name: string): Promise<boolean> {
  try {
    if (!(await lstat(folder.at(name))).isFile()) return false
    await unlink(folder.at(name))
    return true
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

/** Removes up to `limit` files, links and whatever else lies there; links are removed, not followed. */
export async function deleteFolder(
  tree: Tree,
  segments: readonly string[],
  limit: number,
): Promise<{ files: number; bytes: number; done: boolean }> {
  const removed: Removed = { files: 0, bytes: 0 }
  const done = await empty(tree, segments, limit, removed)
  if (!done) return { ...removed, done }
  {
    await using parent = await tree.folder(segments.slice(0, -1))
    await parent?.sync()
  }
  await tree.prune(segments.slice(0, -1))
  return { ...removed, done }
}

/** @returns whether all of it is gone */
async function empty(
  tree: Tree,
  segments: readonly string[],
  limit: number,
  removed: Removed,
): Promise<boolean> {
  {
    await using folder = await tree.folder(segments)
    if (folder === undefined) return true
    let names: string[] = []
    for await (const entry of await opendir(folder.at())) {
      if (removed.files + names.length >= limit) {
        await removeAll(folder, names, removed)
        return false
      }
      if (entry.isDirectory()) {
        if (!(await empty(tree, [...segments, entry.name], limit - names.length, removed))) return false
      } else if (names.push(entry.name) === FILES_AT_ONCE) {
        await removeAll(folder, names, removed)
        names = []
      }
    }
    await removeAll(folder, names, removed)
  }
  return removeEmpty(tree, segments)
}

async function removeAll(folder: Folder, names: readonly string[], removed: Removed): Promise<void> {
  await Promise.all(names.map((name) => remove(folder, name, removed)))
}

async function remove(folder: Folder, name: string, removed: Removed): Promise<void> {
  try {
    const { size } = await lstat(folder.at(name))
    await unlink(folder.at(name))
    removed.files++
    removed.bytes += size
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

/** False where somebody wrote into it meanwhile. The root itself stays. */
async function removeEmpty(tree: Tree, segments: readonly string[]): Promise<boolean> {
  if (segments.length === 0) return true
  await using parent = await tree.folder(segments.slice(0, -1))
  if (parent === undefined) return true
  try {
    await rmdir(parent.at(segments.at(-1)!))
    return true
  } catch (error) {
    if (isGone(error)) return true
    if (codeOf(error) === 'ENOTEMPTY') return false
    throw error
  }
}
