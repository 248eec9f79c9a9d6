import { Problem } from '@orrery/base/kernel'
import { type RecordedFile, storeKeyOf } from '@orrery/domain/tracking'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import { lookAgain } from './look-again.ts'

/** What stands in the copy under a key. */
export interface CopiedFile {
  /** Bytes. */
  readonly size: number
  readonly sha256: string | null
}

export type CopiedFiles = Map<string, CopiedFile>

/** Copies every file. What comes or changes meanwhile may or may not be in the copy; each file in it is whole. */
export async function copyArtifacts(from: ArtifactStore, to: ArtifactStore): Promise<CopiedFiles> {
  const copied: CopiedFiles = new Map()
  for await (const { key } of from.walk('')) await copyFile(from, to, key, copied)
  return copied
}

async function copyFile(from: ArtifactStore, to: ArtifactStore, key: string, copied: CopiedFiles) {
  try {
    const { size, sha256 } = await to.write(key, (await from.open(key)).bytes())
    copied.set(key, { size, sha256 })
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST')) throw error
    await to.delete(key)
    copied.delete(key)
  }
}

export interface CatchUp {
  readonly from: ArtifactStore
  readonly to: ArtifactStore
  readonly copied: CopiedFiles
  /** The rows of the database's copy. */
  readonly recorded: AsyncIterable<RecordedFile>
  /** The same row in the database that is in use. */
  readonly now: (file: RecordedFile) => Promise<RecordedFile | undefined>
}

/**
 * Brings the files that the rows tell of into the copy. A file that was replaced or deleted since its row was
 * copied stays as it is now.
 *
 * @returns the keys that agree with neither: their files are missing or damaged where they came from
 */
export async function catchUp({ from, to, copied, recorded, now }: CatchUp): Promise<string[]> {
  const doubtful: RecordedFile[] = []
  const agrees = async (row: RecordedFile) => {
    const key = storeKeyOf(row)
    await copyFile(from, to, key, copied)
    return isSame(row, copied.get(key)) || isSame(await now(row), copied.get(key))
  }
  for await (const row of recorded) {
    if (!isSame(row, copied.get(storeKeyOf(row))) && !(await agrees(row))) doubtful.push(row)
  }
  return (await lookAgain(doubtful, agrees)).map(storeKeyOf)
}

/** Whether a row tells of exactly this file; nothing and nothing are the same too. */
export function isSame(row: RecordedFile | undefined, file: CopiedFile | undefined): boolean {
  if (row === undefined || file === undefined) return row === file
  return row.size === file.size && (row.sha256 === null || file.sha256 === null || row.sha256 === file.sha256)
}

export function bytesOf(copied: CopiedFiles): number {
  let bytes = 0
  for (const { size } of copied.values()) bytes += size
  return bytes
}
