import { Problem } from '@orrery/base/kernel'
import { type Reads, statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { groupKeysOf, memberKeysOf } from './holder.ts'

/*
 * There is an administrator who can sign in once there was one, and an owner who can in each workspace that had one: what
 * would take away the last of them is refused. Who cannot sign in does not count: a service account could keep nobody
 * from being locked out. Owners come by roles only: MANAGE of a workspace is given to no single account.
 */

const canSignIn = sql<boolean>`p.kind = 'user' and p.disabled_at is null and (
  exists (select 1 from passwords as pw where pw.principal_key = p.principal_key)
  or exists (select 1 from identities as i where i.principal_key = p.principal_key))`

/** Somebody who manages the server and can sign in. */
export const anAdministrator = statement(
  'access.an-administrator',
  (k: Kysely<AccessTables>, _: Record<string, never>) =>
    k
      .selectFrom('principals as p')
      .select('p.principal_key as key')
      .where('p.is_admin', '=', 1)
      .where(canSignIn)
      .limit(1),
)

const oneWhoSignsIn = statement(
  'access.one-who-signs-in',
  (k: Kysely<AccessTables>, p: { keys: readonly number[] }, words) =>
    k
      .selectFrom('principals as p')
      .select('p.principal_key as key')
      .where(words.among(sql.ref('p.principal_key'), p.keys))
      .where(canSignIn)
      .limit(1),
)

const ownerRole = sql<boolean>`((r.built_in = 1 and r.name = 'owner') or exists (
  select 1 from grants as g where g.role_key = r.role_key and g.role_key <> 0
    and g.kind = 'workspace' and g.level = 'MANAGE' and g.effect = 'allow'))`

const ownersByRole = statement('access.owners-by-role', (k: Kysely<AccessTables>, p: { workspace: number }) =>
  k
    .selectFrom('roles as r')
    .innerJoin('role_assignments as a', 'a.role_key', 'r.role_key')
    .select('a.principal_key as key')
    .where('r.workspace_key', '=', p.workspace)
    .where(ownerRole),
)

const ownedByRole = statement(
  'access.owned-by-role',
  (k: Kysely<AccessTables>, p: { holders: readonly number[] }, words) =>
    k
      .selectFrom('role_assignments as a')
      .innerJoin('roles as r', 'r.role_key', 'a.role_key')
      .select('r.workspace_key as key')
      .distinct()
      .where(words.among(sql.ref('a.principal_key'), p.holders))
      .where(ownerRole),
)

const keysOf = (rows: readonly { readonly key: number }[]) => rows.map(({ key }) => key)

/** Whether somebody who can sign in owns a workspace, through a group too. Administrators do not count. */
async function hasOwner(reads: Reads, workspace: number): Promise<boolean> {
  const holders = keysOf(await reads.all(ownersByRole, { workspace }))
  const keys = [...holders, ...(await memberKeysOf(reads, holders))]
  return (await reads.first(oneWhoSignsIn, { keys })) !== undefined
}

/** The workspaces that accounts or groups own, themselves or through groups. */
export async function ownedWorkspaces(reads: Reads, principals: readonly number[]): Promise<number[]> {
  const holders = [...principals, ...(await groupKeysOf(reads, principals))]
  return keysOf(await reads.all(ownedByRole, { holders }))
}

/**
 * Makes a change that may take rights from somebody, in a transaction that has the turn.
 *
 * @param losing who may lose them, or where somebody may
 * @throws INVALID_STATE where it would leave no administrator, or a workspace without an owner
 */
export async function keepStaffed(
  tx: Tx,
  losing: { readonly principals: readonly number[] } | { readonly workspace: number },
  change: () => Promise<void>,
): Promise<void> {
  const wasAdministered = (await tx.first(anAdministrator, {})) !== undefined
  const owned = 'workspace' in losing ? [losing.workspace] : await ownedWorkspaces(tx, losing.principals)
  const staffed: number[] = []
  for (const workspace of owned) if (await hasOwner(tx, workspace)) staffed.push(workspace)
  await change()
  if (wasAdministered && (await tx.first(anAdministrator, {})) === undefined) {
    throw new Problem(
      'INVALID_STATE',
      'This would leave the server without an administrator who can sign in.',
      {
        hint: 'Make somebody else an administrator first.',
      },
    )
  }
  for (const workspace of staffed) {
    if (await hasOwner(tx, workspace)) continue
    const name = (await tx.first(nameOfWorkspace, { workspace }))?.name
    throw new Problem(
      'INVALID_STATE',
      `This would leave the workspace '${name}' without an owner who can sign in.`,
      { hint: 'Make somebody else its owner first.' },
    )
  }
}

const nameOfWorkspace = statement(
  'access.name-of-workspace',
  (k: Kysely<AccessTables>, p: { workspace: number }) =>
    k.selectFrom('workspaces').select('name').where('workspace_key', '=', p.workspace),
)
