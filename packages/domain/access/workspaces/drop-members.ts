import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'

type Where = { workspace: number }

const serviceAccounts = (k: Kysely<AccessTables>, p: Where) =>
  k.selectFrom('principals').select('principal_key').where('home_workspace_key', '=', p.workspace)

/** Before the tokens themselves, by which they are found. */
const dropTokenRuns = statement('access.drop-token-runs-of-workspace', (k: Kysely<AccessTables>, p: Where) =>
  k.deleteFrom('token_runs').where('token_key', 'in', (e) =>
    e
      .selectFrom('tokens')
      .select('token_key')
      .where((or) =>
        or.or([or('workspace_key', '=', p.workspace), or('principal_key', 'in', serviceAccounts(k, p))]),
      ),
  ),
)

/** Rows about service accounts of the workspace, wherever they are. */
const dropOfServices = [
  statement('access.drop-tokens-of-services', (k: Kysely<AccessTables>, p: Where) =>
    k.deleteFrom('tokens').where('principal_key', 'in', serviceAccounts(k, p)),
  ),
  statement('access.drop-memberships-of-services', (k: Kysely<AccessTables>, p: Where) =>
    k.deleteFrom('group_members').where('member_key', 'in', serviceAccounts(k, p)),
  ),
  statement('access.drop-assignments-of-services', (k: Kysely<AccessTables>, p: Where) =>
    k.deleteFrom('role_assignments').where('principal_key', 'in', serviceAccounts(k, p)),
  ),
  statement('access.drop-grants-of-services', (k: Kysely<AccessTables>, p: Where) =>
    k.deleteFrom('grants').where('principal_key', 'in', serviceAccounts(k, p)),
  ),
  statement('access.drop-services', (k: Kysely<AccessTables>, p: Where) =>
    k.deleteFrom('principals').where('home_workspace_key', '=', p.workspace),
  ),
]

const dropOfWorkspace = [
  statement('access.drop-tokens-of-workspace', (k: Kysely<AccessTables>, p: Where) =>
    k.deleteFrom('tokens').where('workspace_key', '=', p.workspace),
  ),
  statement('access.drop-assignments-of-workspace', (k: Kysely<AccessTables>, p: Where) =>
    k.deleteFrom('role_assignments').where('workspace_key', '=', p.workspace),
  ),
  statement('access.drop-roles-of-workspace', (k: Kysely<AccessTables>, p: Where) =>
    k.deleteFrom('roles').where('workspace_key', '=', p.workspace),
  ),
]

/**
 * Takes from everybody what they have in a workspace: roles, tokens that work only there, and its service accounts. Grants
 * can be tens of thousands and nobody meets them without the workspace, so they go in slices.
 */
export async function dropMembers(tx: Tx, workspace: number): Promise<void> {
  for (const drop of [dropTokenRuns, ...dropOfServices, ...dropOfWorkspace]) await tx.run(drop, { workspace })
}
