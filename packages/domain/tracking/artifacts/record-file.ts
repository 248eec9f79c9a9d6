import type { Caller } from '@orrery/base/kernel'
import type { WrittenFile } from '@orrery/drivers/artifacts'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import type { ArtifactDeps } from './artifact-deps.ts'
import { findOwner, type OwnedPath } from './owner.ts'
import { makeTurns } from './turns.ts'

type FileRow = TrackingTables['artifact_files']

export const upsertFile = statement(
  'tracking.upsert-artifact-file',
  (k: Kysely<TrackingTables>, p: FileRow) =>
    k
      .insertInto('artifact_files')
      .values({
        workspace_key: p.workspace_key,
        root: p.root,
        path: p.path,
        size: p.size,
        sha256: p.sha256,
        etag: p.etag,
        written_at: p.written_at,
      })
      .onConflict((clash) =>
        clash.columns(['workspace_key', 'root', 'path']).doUpdateSet({
          size: p.size,
          sha256: p.sha256,
          etag: p.etag,
          written_at: p.written_at,
        }),
      ),
)

interface Place {
  workspace: number
  root: string
  path: string
}

const lockFile = statement('tracking.lock-artifact-file', (k: Kysely<TrackingTables>, p: Place, words) =>
  words.lockRows(
    k
      .selectFrom('artifact_files')
      .select('size')
      .where('workspace_key', '=', p.workspace)
      .where('root', '=', p.root)
      .where('path', '=', p.path),
  ),
)

const dropFile = statement('tracking.drop-artifact-file', (k: Kysely<TrackingTables>, p: Place) =>
  k
    .deleteFrom('artifact_files')
    .where('workspace_key', '=', p.workspace)
    .where('root', '=', p.root)
    .where('path', '=', p.path)
    .returning('size'),
)

/**
 * Brings the table after the store, one file at a time: of two writers to one key the second in the store must also
 * be the second here, so a writer whose file has been replaced meanwhile leaves the row to the other.
 */
export function makeRecordFile({ db, store, emit, clock, meter }: ArtifactDeps) {
  const turns = makeTurns()

  /**
   * Tells that a file is whole: its row, and one event for the upload. An event costs about 3 µs where the upload's
   * own syncs cost milliseconds, and lets webhooks and lineage see artifacts arrive.
   *
   * If its owner was deleted for good while it came, the file goes too: RESOURCE_DOES_NOT_EXIST.
   */
  async function recordWritten(caller: Caller, file: OwnedPath, given: string, written: WrittenFile) {
    await turns.take(file.key, async () => {
      const stands = (await store.stat(file.key))?.etag === written.etag
      await db.inTx(async (tx) => {
        const { experiment } = await findOwner(tx, caller, given)
        if (stands) await writeRow(tx, caller, file, written)
        await emit(tx, caller, {
          type: 'artifact.written',
          subject: `${file.owner}/artifacts/${file.path}`,
          ...(experiment === undefined ? {} : { on: experiment }),
          after: { size: written.size, sha256: written.sha256 },
        })
      })
    })
  }

  /** Tells that a file is gone, unless it is there again. */
  async function recordDeleted(caller: Caller, file: OwnedPath): Promise<void> {
    await turns.take(file.key, async () => {
      if ((await store.stat(file.key)) !== undefined) return
      const { root, path } = file
      const workspace = caller.workspace.key
      await db.inTx(async (tx) => {
        const gone = await tx.first(dropFile, { workspace, root, path })
        await meter.adjust(tx, workspace, 'artifact-bytes', -(gone?.size ?? 0))
      })
    })
  }

  /**
   * A file that was not there before is refused where it does not fit, and taken back. One that has replaced another is
   * counted whatever comes of it: the other is gone already.
   */
  async function writeRow(tx: Tx, caller: Caller, file: OwnedPath, written: WrittenFile): Promise<void> {
    const workspace = caller.workspace.key
    const before = await tx.first(lockFile, { workspace, root: file.root, path: file.path })
    await tx.run(upsertFile, rowOf(caller, file, written, clock()))
    if (before === undefined) await meter.count(tx, caller, 'artifact-bytes', written.size)
    else await meter.adjust(tx, workspace, 'artifact-bytes', written.size - before.size)
  }

  return { recordWritten, recordDeleted }
}

export type RecordFile = ReturnType<typeof makeRecordFile>

export function rowOf(
  caller: Caller,
  { root, path }: OwnedPath,
  { size, sha256, etag }: WrittenFile,
  writtenAt: number,
): FileRow {
  return { workspace_key: caller.workspace.key, root, path, size, sha256, etag, written_at: writtenAt }
}
