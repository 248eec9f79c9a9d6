import { type Database, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import { ownLocation } from '../archives/own-folder.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { queueRemoval } from './queue-removal.ts'
import { removeSlice } from './slices.ts'

type RemovalRow = Omit<RegistryTables['registry_removals'], 'removal_key'> & { removal_key: number }

/** Deletes the files below an address that the server has made, and forgets that they were recorded. */
export type RemoveFiles = (workspaceKey: number, artifactUri: string) => Promise<void>

/** Versions of a deleted model that one transaction takes up. */
const SOME = 50

const next = statement('registry.next-removal', (k: Kysely<RegistryTables>, _: Record<string, never>) =>
  k.selectFrom('registry_removals').selectAll().orderBy('removal_key', 'desc').limit(1),
)

const done = statement('registry.removal-done', (k: Kysely<RegistryTables>, p: { removal: number }) =>
  k.deleteFrom('registry_removals').where('removal_key', '=', p.removal),
)

const versionsOf = statement(
  'registry.some-versions-of-model',
  (k: Kysely<RegistryTables>, p: { model: number }) =>
    k
      .selectFrom('model_versions')
      .select(['version_key as key', 'folder_id as folderId'])
      .where('model_key', '=', p.model)
      .orderBy('version')
      .limit(SOME),
)

const dropVersions = statement(
  'registry.drop-versions',
  (k: Kysely<RegistryTables>, p: { versions: readonly number[] }, words) =>
    k.deleteFrom('model_versions').where((e) => words.among(e.ref('version_key'), p.versions)),
)

const versionInFolder = statement(
  'registry.version-in-folder',
  (k: Kysely<RegistryTables>, p: { folder: string }) =>
    k.selectFrom('model_versions').select('version_key').where('folder_id', '=', p.folder).limit(1),
)

const dropFolder = statement('registry.drop-folder', (k: Kysely<RegistryTables>, p: { folder: string }) =>
  k.deleteFrom('version_folders').where('folder_id', '=', p.folder),
)

/**
 * Works off what is left of deleted models and versions, newest first, one short transaction at a time, until nothing
 * is left. It may be broken off anywhere and called again, also by two servers at once: every step can be repeated.
 */
export function makeWorkOffRegistryRemovals({ db, removeFiles }: { db: Database; removeFiles: RemoveFiles }) {
  return async function workOffRegistryRemovals(signal?: AbortSignal): Promise<void> {
    for (;;) {
      if (signal?.aborted) return
      const removal = await db.read.first(next, {})
      if (removal === undefined) return
      if (removal.folder_id !== null) await removeFolder(removal.workspace_key, removal.folder_id)
      const more = await db.inTx((tx) => removeSome(tx, removal))
      if (!more) await db.inTx((tx) => removalDone(tx, removal))
    }
  }

  /**
   * Unless a version has its files there: copies share a folder, and the last of them to go removes it. Nothing can
   * come to a folder that no version has, so it is enough to look before.
   */
  async function removeFolder(workspaceKey: number, folder: string): Promise<void> {
    if ((await db.read.first(versionInFolder, { folder })) !== undefined) return
    await removeFiles(workspaceKey, ownLocation(folder))
    await db.inTx((tx) => tx.run(dropFolder, { folder }))
  }
}

export async function removalDone(tx: Tx, removal: RemovalRow): Promise<void> {
  await tx.run(done, { removal: removal.removal_key })
}

/** @returns whether to come back for the same removal */
export async function removeSome(tx: Tx, { workspace_key, kind, target }: RemovalRow): Promise<boolean> {
  if (target === null) return false
  return kind === 'model' ? removeVersionsOf(tx, workspace_key, target) : removeSlice(tx, [target])
}

async function removeVersionsOf(tx: Tx, workspaceKey: number, model: number): Promise<boolean> {
  const some = await tx.all(versionsOf, { model })
  if (some.length === 0) return false
  const versions = some.map(({ key }) => key)
  if (await removeSlice(tx, versions)) return true
  await tx.run(dropVersions, { versions })
  const folders = new Set(some.map(({ folderId }) => folderId).filter((folder) => folder !== null))
  for (const folderId of folders) await queueRemoval(tx, { workspaceKey, kind: 'folder', folderId })
  return true
}
