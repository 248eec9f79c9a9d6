import type { Clock, IdSource, Workspace } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from './access-tables.ts'
import { seedRoles } from './workspaces/seed-roles.ts'
import { newWorkspaceId } from './workspaces/workspace-id.ts'
import { findRow, workspaceOf } from './workspaces/workspace-rows.ts'

/** The workspace that the root of the server addresses. */
export const DEFAULT_WORKSPACE = 'default'

const insertWorkspace = statement(
  'access.insert-workspace',
  (k: Kysely<AccessTables>, p: { name: string; id: string; now: number }) =>
    k
      .insertInto('workspaces')
      .values({ name: p.name, description: '', created_at: p.now, updated_at: p.now, workspace_id: p.id })
      .onConflict((clash) => clash.column('name').doNothing()),
)

/** For one that was made before workspaces had ids. */
const giveId = statement(
  'access.give-workspace-id',
  (k: Kysely<AccessTables>, p: { workspace: number; id: string }) =>
    k
      .updateTable('workspaces')
      .set({ workspace_id: p.id })
      .where('workspace_key', '=', p.workspace)
      .where('workspace_id', 'is', null),
)

/** Makes the workspace with its built-in roles unless it is there; two servers may do so at once. */
export function makeEnsureWorkspace({ clock, ids }: { clock: Clock; ids: IdSource }) {
  return async function ensureWorkspace(tx: Tx, name: string): Promise<Workspace> {
    const now = clock()
    const id = newWorkspaceId(ids)
    await tx.run(insertWorkspace, { name, id, now })
    const row = await findRow(tx, name)
    if (row === undefined) throw new Error(`workspace '${name}' vanished while it was made`)
    if (row.id === null) await tx.run(giveId, { workspace: row.key, id })
    await seedRoles(tx, row.key, now)
    return workspaceOf(row)
  }
}
