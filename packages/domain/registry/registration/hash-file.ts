import { hash } from 'node:crypto'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Problem } from '@orrery/base/kernel'
import type { ArtifactStore, FileFacts, OpenFile } from '@orrery/drivers/artifacts'
import { Hasher } from './hasher.ts'
import { readAll } from './read-all.ts'

export interface HashedFile extends FileFacts {
  /** Lower-case hex. */
  readonly sha256: string
}

/** Up to here the way to the thread and back costs more than SHA-256 itself, 0.15 ms. */
const SMALL_BYTES = 256 * 1024

/** One for the process: disks are no faster for being read in many places. */
const hasher = new Hasher()
let last: Promise<unknown> = Promise.resolve()

/**
 * Reads a whole file and tells its digest; undefined where it is gone. Large files go one after another over the whole
 * process, through a thread: whoever has terabytes checked takes a quarter of the loop (0.9 without the thread), and ten
 * who do so take no more.
 */
export async function hashFile(store: ArtifactStore, key: string): Promise<HashedFile | undefined> {
  const file = await openedOr(store, key)
  if (file === undefined) return undefined
  if (file.facts.size <= SMALL_BYTES) {
    return { ...file.facts, sha256: hash('sha256', await readAll(file), 'hex') }
  }
  const mine = last.then(() => hashLarge(file))
  last = mine.catch(() => {})
  return { ...file.facts, sha256: await mine }
}

async function openedOr(store: ArtifactStore, key: string): Promise<OpenFile | undefined> {
  try {
    return await store.open(key)
  } catch (error) {
    if (error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined
    throw error
  }
}

async function hashLarge(file: OpenFile): Promise<string> {
  hasher.begin()
  try {
    const into = new Writable({
      write(chunk, _encoding, done) {
        hasher.update(chunk).then(() => done(), done)
      },
    })
    await pipeline(file.bytes(undefined, { toPipe: true }), into)
    return await hasher.end()
  } finally {
    hasher.rest()
  }
}
