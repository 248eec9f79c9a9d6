import type { Clock, Workspace } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from './access-tables.ts'

/** The workspace that the root of the server addresses. */
export const DEFAULT_WORKSPACE = 'default'

const insertWorkspace = statement(
  'access.insert-workspace',
  (k: Kysely<AccessTables>, p: { name: string; createdAt: number }) =>
    k
      .insertInto('workspaces')
      .values({ name: p.name, description: '', created_at: p.createdAt })
      .onConflict((clash) => clash.column('name').doNothing()),
)

const selectWorkspace = statement(
  'access.workspace-by-name',
  (k: Kysely<AccessTables>, p: { name: string }) =>
    k.selectFrom('workspaces').select(['workspace_key as key', 'name']).where('name', '=', p.name),
)

/** Makes the workspace unless it is there; two servers may do so at once. */
export function makeEnsureWorkspace({ clock }: { clock: Clock }) {
  return async function ensureWorkspace(tx: Tx, name: string): Promise<Workspace> {
    await tx.run(insertWorkspace, { name, createdAt: clock() })
    const workspace = await tx.first(selectWorkspace, { name })
    if (workspace === undefined) throw new Error(`workspace '${name}' vanished while it was made`)
    return workspace
  }
}

export { selectWorkspace }
