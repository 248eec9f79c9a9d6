import type { Caller } from '@orrery/base/kernel'
import { type Database, type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from './access-tables.ts'
import { systemCaller } from './callers-without-account.ts'

const nameByKey = statement(
  'access.workspace-name-by-key',
  (k: Kysely<AccessTables>, p: { workspace: number }) =>
    k
      .selectFrom('workspaces')
      .select('name')
      .where('workspace_key', '=', p.workspace)
      .where('deleted_at', 'is', null),
)

/** The name of a workspace by its key; undefined where it is gone. */
export async function findWorkspaceName(reads: Reads, workspace: number): Promise<string | undefined> {
  return (await reads.first(nameByKey, { workspace }))?.name
}

/** The server itself in a workspace, for what it does there in its own name; undefined where the workspace is gone. */
export function makeServerIn({ db }: { readonly db: Database }) {
  return async function serverIn(workspaceKey: number): Promise<Caller | undefined> {
    const name = await findWorkspaceName(db.read, workspaceKey)
    return name === undefined ? undefined : systemCaller({ key: workspaceKey, name })
  }
}
