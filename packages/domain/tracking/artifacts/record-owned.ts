import type { Caller } from '@orrery/base/kernel'
import type { WrittenFile } from '@orrery/drivers/artifacts'
import type { Tx } from '@orrery/drivers/db'
import type { TrackingDeps } from '../deps.ts'
import { ARTIFACT_FILE_ROWS } from './artifact-file-rows.ts'
import { dropRowsBelow } from './drop-rows.ts'

export interface OwnedFile extends Pick<WrittenFile, 'size' | 'sha256' | 'etag'> {
  /** Below `root`. */
  readonly path: string
}

/**
 * Records files that another module has written into a folder of its own, in the transaction that makes them theirs.
 * Throws QUOTA_EXCEEDED where they are too much for the workspace.
 *
 * @param root the folder's path in the store, without the workspace; the paths of `files` differ from each other
 * @param writtenAt milliseconds since the epoch
 */
export async function recordOwned(
  { meter }: Pick<TrackingDeps, 'meter'>,
  tx: Tx,
  caller: Caller,
  root: string,
  files: readonly OwnedFile[],
  writtenAt: number,
): Promise<void> {
  const workspace = caller.workspace.key
  await tx.bulk(
    ARTIFACT_FILE_ROWS,
    files.map(({ path, size, sha256, etag }) => [workspace, root, path, size, sha256, etag, writtenAt]),
  )
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  await meter.count(tx, caller, 'artifact-bytes', bytes)
}

/** Forgets the files of such a folder, in slices. May be broken off and repeated. */
export function forgetOwned(
  deps: Pick<TrackingDeps, 'db' | 'meter'>,
  workspaceKey: number,
  root: string,
): Promise<void> {
  return dropRowsBelow(deps, workspaceKey, { root, path: '' })
}
