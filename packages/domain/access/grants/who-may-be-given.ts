import { type Caller, Problem } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { type FoundPrincipal, findPrincipal, noPrincipal } from '../decisions/find-principal.ts'
import { grantKindsOf, targetKindOf } from '../decisions/levels.ts'
import type { GrantKind } from '../grant.ts'
import { findHolder } from '../principals/holder.ts'
import { type GrantRow, grantOnThing } from './grant-rows.ts'

/*
 * MANAGE of a thing gives others rights on it; who is let into the workspace its owners decide. So whoever has MANAGE and
 * not `workspace.manage` gives rights to those who have a role there, learns of nobody else whether they have an account,
 * and takes nothing away from whoever made the thing.
 */

const NOBODY = 0

/** A role there, of its own or of a group's; or a service account of the workspace. One question, whoever it is about. */
const memberByRole = statement(
  'access.member-by-role',
  (k: Kysely<AccessTables>, p: { principal: number; workspace: number }) =>
    k
      .selectFrom('workspaces as w')
      .select('w.workspace_key as key')
      .where('w.workspace_key', '=', p.workspace)
      .where(sql<boolean>`(
        exists (select 1 from role_assignments as a
          where a.principal_key = ${p.principal} and a.workspace_key = w.workspace_key)
        or exists (select 1 from group_members as m
          join role_assignments as b on b.principal_key = m.group_key and b.workspace_key = w.workspace_key
          where m.member_key = ${p.principal})
        or exists (select 1 from principals as p
          where p.principal_key = ${p.principal} and p.home_workspace_key = w.workspace_key))`),
)

export interface OnThing {
  readonly kind: GrantKind
  /** 0 for all. */
  readonly target: number
}

/**
 * The account or group of a name, with the grant that it has on a thing, in a transaction that has the turn.
 *
 * @throws RESOURCE_DOES_NOT_EXIST, for whoever manages no members the same for somebody who is no member and has nothing on
 *   the thing as for nobody
 */
export async function findGiven(
  tx: Tx,
  caller: Caller,
  name: string,
  { kind, target }: OnThing,
): Promise<{ readonly holder: FoundPrincipal; readonly old: GrantRow | undefined }> {
  const workspace = caller.workspace.key
  if (caller.may('workspace.manage')) {
    const holder = await findHolder(tx, name, workspace)
    return { holder, old: await tx.first(grantOnThing, { principal: holder.key, workspace, kind, target }) }
  }
  const holder = await findPrincipal(tx, name)
  const principal = holder?.key ?? NOBODY
  const old = await tx.first(grantOnThing, { principal, workspace, kind, target })
  const isMember = (await tx.first(memberByRole, { principal, workspace })) !== undefined
  if (holder === undefined || !(isMember || old !== undefined)) {
    throw noPrincipal(
      name,
      'Rights on single things go to members; an owner of the workspace makes somebody one.',
    )
  }
  return { holder, old }
}

const makersOf = statement(
  'access.makers-of-thing',
  (k: Kysely<AccessTables>, p: { workspace: number; kinds: readonly GrantKind[]; target: number }, words) =>
    k
      .selectFrom('grants as g')
      .innerJoin('principals as p', 'p.principal_key', 'g.principal_key')
      .select(['p.principal_key as key', 'p.name as name'])
      .where('g.workspace_key', '=', p.workspace)
      .where(words.among(sql.ref('g.kind'), p.kinds))
      .where('g.target', '=', p.target)
      .where('g.target', '<>', sql.lit(0))
      .where('g.of_maker', '=', 1),
)

const isInGroup = statement(
  'access.is-in-group',
  (k: Kysely<AccessTables>, p: { group: number; member: number }) =>
    k
      .selectFrom('group_members')
      .select('group_key as key')
      .where('group_key', '=', p.group)
      .where('member_key', '=', p.member)
      .limit(1),
)

/**
 * Refuses to take from whoever made a thing what they have on it, by their own grant or by denying a group that they are in;
 * they themselves may, and whoever manages the members.
 *
 * @param old the holder's grant that would go
 * @param given what would stand in its place; undefined: nothing
 * @throws PERMISSION_DENIED
 */
export async function mustLeaveMaker(
  tx: Tx,
  caller: Caller,
  on: OnThing & { readonly pattern: string },
  holder: FoundPrincipal,
  old: GrantRow | undefined,
  given: { readonly effect: 'allow' | 'deny'; readonly level: string } | undefined,
): Promise<void> {
  const resource = targetKindOf(on.kind)
  if (on.target === 0 || resource === undefined || caller.may('workspace.manage')) return
  const isDenial = given?.effect === 'deny'
  const isLess = old?.ofMaker === 1 && !(given?.effect === 'allow' && given.level === 'MANAGE')
  if (!isDenial && !isLess) return
  const { key: workspace } = caller.workspace
  for (const maker of await tx.all(makersOf, {
    workspace,
    kinds: grantKindsOf(resource),
    target: on.target,
  })) {
    if (maker.key === caller.principal.key) continue
    const isIt = maker.key === holder.key
    const isIn = !isIt && (await tx.first(isInGroup, { group: holder.key, member: maker.key })) !== undefined
    if (isIt || isIn) throw ofMaker(maker.name, on)
  }
}

function ofMaker(name: string, { kind, pattern }: { kind: GrantKind; pattern: string }): Problem {
  return new Problem(
    'PERMISSION_DENIED',
    `'${name}' made ${targetKindOf(kind)} '${pattern.slice(0, 300)}': what they may do with it is lowered by themselves or by an owner of the workspace.`,
    { hint: 'Ask an owner of the workspace.' },
  )
}
