import { createHash } from 'node:crypto'
import { Problem } from '@orrery/base/kernel'
import { type RecordedFile, recordedFile, recordedFiles, storeKeyOf } from '@orrery/domain/tracking'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import type { Reads } from '@orrery/drivers/db'
import { type CopiedFile, isSame } from './copy-artifacts.ts'
import { lookAgain } from './look-again.ts'

export interface CheckedArtifacts {
  readonly files: number
  readonly bytes: number
  /** Keys of those that are missing or are not what was uploaded. */
  readonly damaged: readonly string[]
}

/**
 * Holds the artifacts against the rows that name them, while a server may be writing both.
 *
 * @param withDigests reads every file; without it sizes are compared alone
 */
export async function checkArtifacts(
  reads: Reads,
  store: ArtifactStore,
  withDigests: boolean,
): Promise<CheckedArtifacts> {
  let files = 0
  let bytes = 0
  const doubtful: RecordedFile[] = []
  const agrees = async (row: RecordedFile) => {
    const file = await look(store, storeKeyOf(row), withDigests)
    return isSame(row, file) || isSame(await recordedFile(reads, row), file)
  }
  for await (const row of recordedFiles(reads)) {
    files++
    bytes += row.size
    if (!(await agrees(row))) doubtful.push(row)
  }
  return { files, bytes, damaged: (await lookAgain(doubtful, agrees)).map(storeKeyOf) }
}

async function look(
  store: ArtifactStore,
  key: string,
  withDigests: boolean,
): Promise<CopiedFile | undefined> {
  const facts = await store.stat(key)
  if (facts === undefined || !withDigests) return facts && { size: facts.size, sha256: null }
  try {
    const hash = createHash('sha256')
    let size = 0
    for await (const chunk of (await store.open(key)).bytes()) {
      hash.update(chunk as Buffer)
      size += (chunk as Buffer).length
    }
    return { size, sha256: hash.digest('hex') }
  } catch (error) {
    if (error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined
    throw error
  }
}
