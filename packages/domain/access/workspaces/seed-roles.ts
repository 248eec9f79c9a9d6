import { ROLES } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'

const insert = statement(
  'access.seed-role',
  (k: Kysely<AccessTables>, p: { workspace: number; name: string; now: number }) =>
    k
      .insertInto('roles')
      .values({ workspace_key: p.workspace, name: p.name, built_in: 1, created_at: p.now, updated_at: p.now })
      .onConflict((clash) => clash.columns(['workspace_key', 'name']).doNothing()),
)

/** Gives a workspace the rows of the built-in roles, by which MLflow's API calls them. Those that are there stay. */
export async function seedRoles(tx: Tx, workspace: number, now: number): Promise<void> {
  for (const name of Object.keys(ROLES)) await tx.run(insert, { workspace, name, now })
}
