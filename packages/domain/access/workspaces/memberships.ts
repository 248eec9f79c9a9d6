import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { groupKeysOf } from '../principals/holder.ts'

const withRole = statement(
  'access.workspaces-with-role',
  (k: Kysely<AccessTables>, p: { holders: readonly number[] }, words) =>
    k
      .selectFrom('role_assignments')
      .select('workspace_key as key')
      .distinct()
      .where((e) => words.among(e.ref('principal_key'), p.holders)),
)

const withGrant = statement(
  'access.workspaces-with-grant',
  (k: Kysely<AccessTables>, p: { holders: readonly number[] }, words) =>
    k
      .selectFrom('grants')
      .select('workspace_key as key')
      .distinct()
      .where((e) => words.among(e.ref('principal_key'), p.holders)),
)

/** The keys of the workspaces in which an account has a role or a grant, of its own or through a group. Can scan. */
export async function memberships(reads: Reads, principal: number): Promise<ReadonlySet<number>> {
  const holders = [principal, ...(await groupKeysOf(reads, [principal]))]
  const roles = await reads.all(withRole, { holders })
  const grants = await reads.all(withGrant, { holders })
  return new Set([...roles, ...grants].map(({ key }) => key))
}
