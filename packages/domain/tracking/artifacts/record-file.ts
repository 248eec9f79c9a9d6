import type { Caller } from '@orrery/base/kernel'
import type { WrittenFile } from '@orrery/drivers/artifacts'
import { statement } from '@orrery/drivers/db'
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

const dropFile = statement(
  'tracking.drop-artifact-file',
  (k: Kysely<TrackingTables>, p: { workspace: number; root: string; path: string }) =>
    k
      .deleteFrom('artifact_files')
      .where('workspace_key', '=', p.workspace)
      .where('root', '=', p.root)
      .where('path', '=', p.path),
)

/**
 * Brings the table after the store, one file at a time: of two writers to one key the second in the store must also
 * be the second here, so a writer whose file has been replaced meanwhile leaves the row to the other.
 */
export function makeRecordFile({ db, store, emit, clock }: ArtifactDeps) {
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
        await findOwner(tx, caller, given)
        if (stands) await tx.run(upsertFile, rowOf(caller, file, written, clock()))
        await emit(tx, caller, {
          type: 'artifact.written',
          subject: `${file.owner}/artifacts/${file.path}`,
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
      await db.inTx((tx) => tx.run(dropFile, { workspace: caller.workspace.key, root, path }))
    })
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
