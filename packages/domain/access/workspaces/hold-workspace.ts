import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { noWorkspace } from './workspace-rows.ts'

/*
 * A workspace is deleted as empty only while nobody makes something in it, and nothing is made in one that is going: whoever
 * makes the first thing of a kind shares the row until their transaction ends, and whoever deletes has it alone. Where
 * nobody else writes, transactions come one after another anyway.
 */

const shared = statement('access.share-workspace', (k: Kysely<AccessTables>, p: { workspace: number }) =>
  k
    .selectFrom('workspaces')
    .select('workspace_key as key')
    .where('workspace_key', '=', p.workspace)
    .where('deleted_at', 'is', null)
    .forKeyShare(),
)

const alone = statement('access.hold-workspace', (k: Kysely<AccessTables>, p: { workspace: number }, words) =>
  words.lockRows(
    k.selectFrom('workspaces').select('workspace_key as key').where('workspace_key', '=', p.workspace),
  ),
)

/**
 * Keeps a workspace from being deleted until the transaction ends. A transaction that takes the turn takes it before, or
 * it would wait for a deletion that waits for it.
 *
 * @throws RESOURCE_DOES_NOT_EXIST where it was deleted meanwhile
 */
export async function shareWorkspace(
  tx: Tx,
  { key, name }: { readonly key: number; readonly name: string },
): Promise<void> {
  if ((await tx.first(shared, { workspace: key })) === undefined) throw noWorkspace(name)
}

/** Waits for whoever makes something in a workspace, and keeps others from it until the transaction ends. */
export async function holdWorkspace(tx: Tx, workspace: number): Promise<void> {
  await tx.first(alone, { workspace })
}
