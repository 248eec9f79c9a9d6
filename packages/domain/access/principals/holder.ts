import { type Reads, statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { Concerned } from '../changes.ts'
import { type FoundPrincipal, findPrincipal, noPrincipal } from '../decisions/find-principal.ts'

/*
 * Holders: the accounts and groups that have roles and grants.
 */

/** The `source` of assignments and memberships that somebody made here; others have the issuer that says so. */
export const MANUAL = 'manual'

const groupsOf = statement(
  'access.group-keys-of',
  (k: Kysely<AccessTables>, p: { members: readonly number[] }, words) =>
    k
      .selectFrom('group_members')
      .select('group_key as key')
      .distinct()
      .where(words.among(sql.ref('member_key'), p.members)),
)

const membersOf = statement(
  'access.member-keys-of',
  (k: Kysely<AccessTables>, p: { groups: readonly number[] }, words) =>
    k
      .selectFrom('group_members')
      .select('member_key as key')
      .distinct()
      .where(words.among(sql.ref('group_key'), p.groups)),
)

/** The groups that one of these accounts is in, by key. */
export async function groupKeysOf(reads: Reads, members: readonly number[]): Promise<number[]> {
  return (await reads.all(groupsOf, { members })).map(({ key }) => key)
}

/** The accounts that are in one of these groups, by key. */
export async function memberKeysOf(reads: Reads, groups: readonly number[]): Promise<number[]> {
  return (await reads.all(membersOf, { groups })).map(({ key }) => key)
}

/** What everybody must forget who gets or loses something: of a group that is everybody in the workspace. */
export function concernedBy(holder: Pick<FoundPrincipal, 'key' | 'kind'>, workspace: number): Concerned {
  return holder.kind === 'group' ? { workspace } : { principal: holder.key, workspace }
}

/**
 * Who may be given something in a workspace. Service accounts of other workspaces are unknown in it: whoever owns those
 * can make tokens for them.
 */
export async function findHolder(tx: Tx, name: string, workspace: number): Promise<FoundPrincipal> {
  const found = await findPrincipal(tx, name)
  if (found === undefined) throw noPrincipal(name)
  if (found.homeWorkspaceKey !== null && found.homeWorkspaceKey !== workspace) throw noPrincipal(name)
  return found
}
