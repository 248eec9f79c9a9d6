import { type Caller, invalid, Problem } from '@orrery/base/kernel'
import type { Body, Expectation, WrittenFile } from '@orrery/drivers/artifacts'
import type { ArtifactDeps } from './artifact-deps.ts'
import { parseArtifactPath } from './artifact-path.ts'
import { findReplaceable } from './ask-holds.ts'
import { fittingBody } from './fitting-body.ts'
import { findWritable, type OwnedPath } from './owner.ts'
import type { RecordFile } from './record-file.ts'
import { recordedFile } from './recorded-files.ts'

/**
 * A path that a file may have: its owner's folder is none. What is below that folder is a path of its own when a file
 * is named by its run, so it must be one by itself: a file `<run>/artifacts/~/x` could be listed and never be read.
 */
export async function findFilePath(
  { db }: Pick<ArtifactDeps, 'db'>,
  caller: Caller,
  path: string,
): Promise<OwnedPath> {
  const file = await findWritable(db.read, caller, path, 'artifact.write')
  if (file.path === '') {
    throw invalid(`Invalid path: '${path}' is the folder of its owner.`, 'Add the name of a file.')
  }
  parseArtifactPath(file.path)
  // A path by run has room for what the path of the run takes.
  parseArtifactPath(path)
  return file
}

/**
 * Stores a file, whole or not at all. A deleted run takes artifacts as an active one does: MLflow's clients finish
 * their uploads after somebody has put the run aside, and restoring it brings everything back.
 *
 * @param path canonical (`parseArtifactPath`)
 * @throws INVALID_STATE, before a byte is taken, where it would replace what a legal hold keeps
 */
export function makeWriteArtifact(deps: ArtifactDeps, { recordWritten }: RecordFile) {
  return async function writeArtifact(
    caller: Caller,
    path: string,
    body: Body,
    expect?: Expectation,
  ): Promise<WrittenFile> {
    const file = await findFilePath(deps, caller, path)
    const before = await findReplaceable(deps, caller, file, expect)
    const fitting = await fittingBody(deps, caller, body, expect, before?.size)
    const written = await deps.store.write(file.key, fitting, expect)
    await recordOrTakeBack(deps, caller, file, written, () => recordWritten(caller, file, path, written))
    return written
  }
}

/**
 * What was refused must not be there: if the row cannot be written (the owner has vanished, the disk is full, too
 * much is waiting), the file goes as well. A file that has replaced another cannot be taken back, for the other is
 * gone; then the caller is told to repeat, which mends it.
 */
async function recordOrTakeBack(
  { db, store }: Pick<ArtifactDeps, 'db' | 'store'>,
  caller: Caller,
  file: OwnedPath,
  written: WrittenFile,
  record: () => Promise<void>,
): Promise<void> {
  try {
    await record()
  } catch (error) {
    if (isOwnerGone(error)) await store.delete(file.key)
    else if (isRefusal(error)) {
      const before = await recordedFile(db.read, { ...file, workspace_key: caller.workspace.key })
      if (before !== undefined) throw notRecorded(error)
      if ((await store.stat(file.key))?.etag === written.etag) await store.delete(file.key)
    }
    throw error
  }
}

/** As `recordOrTakeBack`, for a file that a repeated call would not make again. */
export async function recordOrRepeat(
  { store }: Pick<ArtifactDeps, 'store'>,
  file: OwnedPath,
  record: () => Promise<void>,
): Promise<void> {
  try {
    await record()
  } catch (error) {
    if (isOwnerGone(error) || isTooMuch(error)) await store.delete(file.key)
    else if (isRefusal(error)) throw notRecorded(error)
    throw error
  }
}

const isOwnerGone = (error: unknown) => error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST'

/** Only ever told of a file that has replaced none. */
const isTooMuch = (error: unknown) => error instanceof Problem && error.code === 'QUOTA_EXCEEDED'

/** Nothing of the row was kept, for certain. */
const isRefusal = (error: unknown) =>
  error instanceof Problem && (error.status < 500 || error.code === 'RESOURCE_EXHAUSTED')

function notRecorded(cause: unknown): Problem {
  const { message } = cause as Error
  return new Problem('TEMPORARILY_UNAVAILABLE', `The file was stored and could not be recorded: ${message}`, {
    cause,
    hint: 'Repeat the call.',
    retryAfterSeconds: 1,
  })
}
