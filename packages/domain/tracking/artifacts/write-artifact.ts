import { type Caller, invalid, Problem } from '@orrery/base/kernel'
import type { Expectation, WrittenFile } from '@orrery/drivers/artifacts'
import type { ArtifactDeps } from './artifact-deps.ts'
import { findOwner, type OwnedPath } from './owner.ts'
import type { RecordFile } from './record-file.ts'

/** A path that a file may have: its owner's folder is none. */
export async function findFilePath(
  { db }: Pick<ArtifactDeps, 'db'>,
  caller: Caller,
  path: string,
): Promise<OwnedPath> {
  const file = await findOwner(db.read, caller, path)
  if (file.path !== '') return file
  throw invalid(`Invalid path: '${path}' is the folder of its owner.`, 'Add the name of a file.')
}

/**
 * Stores a file, whole or not at all. A deleted run takes artifacts as an active one does: MLflow's clients finish
 * their uploads after somebody has put the run aside, and restoring it brings everything back.
 *
 * @param path canonical (`parseArtifactPath`)
 */
export function makeWriteArtifact(deps: ArtifactDeps, { recordWritten }: RecordFile) {
  return async function writeArtifact(
    caller: Caller,
    path: string,
    body: AsyncIterable<Uint8Array>,
    expect?: Expectation,
  ): Promise<WrittenFile> {
    const file = await findFilePath(deps, caller, path)
    const written = await deps.store.write(file.key, body, expect)
    await recordOrTakeBack(deps, file, () => recordWritten(caller, file, path, written))
    return written
  }
}

/** An owner that vanished while its file came would leave it to nobody. */
export async function recordOrTakeBack(
  { store }: Pick<ArtifactDeps, 'store'>,
  file: OwnedPath,
  record: () => Promise<void>,
): Promise<void> {
  try {
    await record()
  } catch (error) {
    if (error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST') await store.delete(file.key)
    throw error
  }
}
