import { type Caller, Problem } from '@orrery/base/kernel'
import { type BulkInsert, statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { RegistryDeps } from '../deps.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { queueRemoval } from '../removals/queue-removal.ts'

const claimRows: BulkInsert = {
  table: 'version_folders',
  columns: { folder_id: 'text', workspace_key: 'int', version_key: 'int', claimed_at: 'int' },
  key: ['folder_id'],
  onClash: 'fail',
}

interface Folders {
  readonly folders: readonly string[]
}

const renew = statement(
  'registry.renew-claims',
  (k: Kysely<RegistryTables>, p: Folders & { now: number }, words) =>
    k
      .updateTable('version_folders')
      .set({ claimed_at: p.now })
      .where(words.among(sql.ref('folder_id'), p.folders))
      .where('version_key', 'is', null),
)

const give = statement(
  'registry.give-folder-to-version',
  (k: Kysely<RegistryTables>, p: { folder: string; version: number }) =>
    k
      .updateTable('version_folders')
      .set({ version_key: p.version })
      .where('folder_id', '=', p.folder)
      .where('version_key', 'is', null),
)

const drop = statement('registry.drop-claim', (k: Kysely<RegistryTables>, p: { folder: string }) =>
  k.deleteFrom('version_folders').where('folder_id', '=', p.folder).where('version_key', 'is', null),
)

const abandoned = statement('registry.abandoned-claims', (k: Kysely<RegistryTables>, p: { before: number }) =>
  k
    .selectFrom('version_folders')
    .select(['folder_id as folder', 'workspace_key as workspace'])
    .where('version_key', 'is', null)
    .where('claimed_at', '<', p.before)
    .limit(1000),
)

/** Claims folders for files that are about to come, so that they are found whatever becomes of the import. @returns their ids */
export async function claimFolders(
  { db, clock, ids }: Pick<RegistryDeps, 'db' | 'clock' | 'ids'>,
  caller: Caller,
  count: number,
): Promise<string[]> {
  const folders = Array.from({ length: count }, () => ids.hex32())
  const now = clock()
  await db.inTx((tx) =>
    tx.bulk(
      claimRows,
      folders.map((folder) => [folder, caller.workspace.key, null, now]),
    ),
  )
  return folders
}

/** Says that an import is still under way. Throws RESOURCE_CONFLICT where its folders were taken from it. */
export async function renewClaims(
  { db, clock }: Pick<RegistryDeps, 'db' | 'clock'>,
  folders: readonly string[],
): Promise<void> {
  if (folders.length === 0) return
  if ((await db.inTx((tx) => tx.run(renew, { folders, now: clock() }))) < folders.length) throw tooLate()
}

/** The folder is the version's from now on. Throws RESOURCE_CONFLICT where it was taken from the import. */
export async function giveFolder(tx: Tx, folder: string, version: number): Promise<void> {
  if ((await tx.run(give, { folder, version })) === 0) throw tooLate()
}

/**
 * Gives up folders that no version got. Their files go in the background; of a folder that a version did get, because
 * only the answer of its transaction was lost, nothing is touched.
 */
export async function releaseClaims(
  { db, wakeRemovals }: Pick<RegistryDeps, 'db' | 'wakeRemovals'>,
  workspaceKey: number,
  folders: readonly string[],
): Promise<void> {
  if (folders.length === 0) return
  await db.inTx(async (tx) => {
    for (const folderId of folders) {
      const released = await tx.run(drop, { folder: folderId })
      if (released > 0) await queueRemoval(tx, { workspaceKey, kind: 'folder', folderId })
    }
  })
  wakeRemovals()
}

/**
 * Removes the folders of imports that were killed: those that nobody has renewed for so long. May be broken off and
 * repeated, also by two servers at once. @returns how many folders
 */
export function makeSweepClaims(deps: Pick<RegistryDeps, 'db' | 'clock' | 'wakeRemovals'>) {
  return async function sweepClaims(untouchedForMs: number): Promise<number> {
    const rows = await deps.db.scan((reads) =>
      reads.all(abandoned, { before: deps.clock() - untouchedForMs }),
    )
    for (const [workspace, claims] of Map.groupBy(rows, (row) => row.workspace)) {
      await releaseClaims(
        deps,
        workspace,
        claims.map(({ folder }) => folder),
      )
    }
    return rows.length
  }
}

function tooLate(): Problem {
  return new Problem('RESOURCE_CONFLICT', 'The import took so long that its files were given up.', {
    hint: 'Repeat it; an archive of fewer versions takes less time.',
  })
}
