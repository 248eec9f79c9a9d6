import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { missing } from '@orrery/base/kernel'
import type { ByteRange, FileFacts, OpenFile } from '../artifact-store.ts'
import type { Tree } from './folders.ts'
import { isGone } from './local-faults.ts'
import { SharedBytes } from './shared-bytes.ts'

// O_NONBLOCK: opening a FIFO without a writer would wait for one, on a thread of the pool.
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Node's own 64 KiB read at less than half the speed. */
const READ_BYTES = 1024 * 1024

/**
 * The inode is part of the etag because the clock of a file system may tick in milliseconds. Numbers, not BigInts: a
 * double tells times of this century apart by 0.3 µs, and BigInts made long listings need 100 MB more.
 */
export function factsOf({ ino, size, mtimeMs }: Stats): FileFacts {
  const etag = [ino, size, Math.round(mtimeMs * 1000)].map((n) => n.toString(36)).join('-')
  return { size, etag, modifiedAtMs: Math.floor(mtimeMs) }
}

/** Undefined for whatever is not a plain file of the tree: nothing, a folder, a link, a FIFO, a device. */
export async function findFile(
  tree: Tree,
  segments: readonly string[],
): Promise<{ handle: FileHandle; facts: FileFacts } | undefined> {
  const path = tree.pathOf(segments)
  let handle: FileHandle
  try {
    handle = await open(path, READ)
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
  try {
    const stats = await handle.stat()
    if (stats.isFile() && (await tree.isAt(handle, path))) return { handle, facts: factsOf(stats) }
  } catch (error) {
    await handle.close()
    throw error
  }
  await handle.close()
  return undefined
}

export async function openFile(tree: Tree, segments: readonly string[], key: string): Promise<OpenFile> {
  const found = await findFile(tree, segments)
  if (found === undefined) throw missing(`No such artifact: '${key.slice(key.indexOf('/') + 1)}'.`)
  const { handle, facts } = found
  return {
    facts,
    bytes: (range, how) => bytesOf(handle, range ?? { start: 0, end: facts.size }, how?.toPipe === true),
    close: () => handle.close(),
  }
}

function bytesOf(handle: FileHandle, range: ByteRange, toPipe: boolean): Readable {
  if (toPipe || range.start === range.end) return new SharedBytes(handle, range)
  return handle.createReadStream({ start: range.start, end: range.end - 1, highWaterMark: READ_BYTES })
}
