import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { PrincipalDetails, PrincipalKind } from '../principal.ts'
import { memberKeysOf } from './holder.ts'

const selectPrincipals = (k: Kysely<AccessTables>) =>
  k
    .selectFrom('principals as p')
    .leftJoin('workspaces as w', 'w.workspace_key', 'p.home_workspace_key')
    .leftJoin('passwords as pw', 'pw.principal_key', 'p.principal_key')
    .select([
      'p.principal_key as key',
      'p.kind as kind',
      'p.name as name',
      'p.display_name as displayName',
      'p.email as email',
      'p.is_admin as isAdmin',
      'w.name as homeWorkspace',
      'pw.principal_key as withPassword',
      'p.created_at as createdAt',
      'p.created_by as createdBy',
      'p.disabled_at as disabledAt',
      'p.last_seen_at as lastSeenAt',
    ])

const ofKind = statement('access.principals-of-kind', (k: Kysely<AccessTables>, p: { kind: PrincipalKind }) =>
  selectPrincipals(k).where('p.kind', '=', p.kind).orderBy('p.folded_name'),
)

const byKeys = statement(
  'access.principals-by-key',
  (k: Kysely<AccessTables>, p: { keys: readonly number[] }, words) =>
    selectPrincipals(k)
      .where(words.among(sql.ref('p.principal_key'), p.keys))
      .orderBy('p.folded_name'),
)

const identitiesOf = statement(
  'access.identities-of',
  (k: Kysely<AccessTables>, p: { keys: readonly number[] }, words) =>
    k
      .selectFrom('identities')
      .select(['principal_key as key', 'issuer', 'email'])
      .where(words.among(sql.ref('principal_key'), p.keys))
      .orderBy('issuer')
      .orderBy('subject'),
)

const holdersOfRoles = statement('access.holders-in', (k: Kysely<AccessTables>, p: { workspace: number }) =>
  k
    .selectFrom('role_assignments')
    .select('principal_key as key')
    .distinct()
    .where('workspace_key', '=', p.workspace),
)

/** Account by account, in an index: the grants of a workspace can be a million. */
const holdersOfGrants = statement(
  'access.grant-holders-in',
  (k: Kysely<AccessTables>, p: { workspace: number }) =>
    k
      .selectFrom('principals as p')
      .select('p.principal_key as key')
      .where((e) =>
        e.exists(
          e
            .selectFrom('grants as g')
            .select('g.grant_key')
            .whereRef('g.principal_key', '=', 'p.principal_key')
            .where('g.workspace_key', '=', p.workspace),
        ),
      ),
)

const servicesOf = statement('access.services-of', (k: Kysely<AccessTables>, p: { workspace: number }) =>
  k.selectFrom('principals').select('principal_key as key').where('home_workspace_key', '=', p.workspace),
)

type Row = Omit<PrincipalDetails, 'isAdmin' | 'hasPassword' | 'identities'> & {
  readonly isAdmin: number
  readonly withPassword: number | null
}

async function withIdentities(reads: Reads, rows: readonly Row[]): Promise<PrincipalDetails[]> {
  const found = await reads.all(identitiesOf, { keys: rows.map(({ key }) => key) })
  const identities = Map.groupBy(found, ({ key }) => key)
  return rows.map(({ isAdmin, withPassword, ...row }) => ({
    ...row,
    isAdmin: isAdmin === 1,
    hasPassword: withPassword !== null,
    identities: (identities.get(row.key) ?? []).map(({ issuer, email }) => ({ issuer, email })),
  }))
}

/** Everybody of a kind, by name. Can scan. */
export async function allPrincipals(reads: Reads, kind: PrincipalKind): Promise<PrincipalDetails[]> {
  return withIdentities(reads, await reads.all(ofKind, { kind }))
}

/** Those of these keys, by name. */
export async function principalsByKey(reads: Reads, keys: readonly number[]): Promise<PrincipalDetails[]> {
  return withIdentities(reads, await reads.all(byKeys, { keys }))
}

/** Who is in a group, by name. */
export async function membersOfGroup(reads: Reads, group: number): Promise<PrincipalDetails[]> {
  return principalsByKey(reads, await memberKeysOf(reads, [group]))
}

/** Everybody who has a role or grant in a workspace, themselves or through a group, and its service accounts. Can scan. */
export async function principalsIn(
  reads: Reads,
  workspace: number,
  kind: PrincipalKind,
): Promise<PrincipalDetails[]> {
  const keys = await keysIn(reads, workspace)
  return (await principalsByKey(reads, [...keys])).filter((principal) => principal.kind === kind)
}

/** As `principalsIn`, of every kind, groups too. */
export async function keysIn(reads: Reads, workspace: number): Promise<ReadonlySet<number>> {
  const holders = [
    ...(await reads.all(holdersOfRoles, { workspace })),
    ...(await reads.all(holdersOfGrants, { workspace })),
    ...(await reads.all(servicesOf, { workspace })),
  ].map(({ key }) => key)
  return new Set([...holders, ...(await memberKeysOf(reads, holders))])
}

/** As events call it. */
export function subjectOf({ kind, name }: { readonly kind: PrincipalKind; readonly name: string }): string {
  return `${kind === 'service' ? 'service-accounts' : `${kind}s`}/${name}`
}
