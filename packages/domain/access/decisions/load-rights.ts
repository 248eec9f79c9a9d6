import type { Level, Permission } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { GrantKind } from '../grant.ts'

/** Everything that an account or group holds in one workspace, itself and through groups, as it stands in the rows. */
export interface Rights {
  readonly principalKey: number
  readonly workspaceKey: number
  readonly isAdmin: boolean
  /** Of the workspace; null for the server's own limit. */
  readonly maxTokenLifeMs: number | null
  /** Names of the groups that it is in, by key. */
  readonly groups: ReadonlyMap<number, string>
  /** One for each holder: a role that is held twice is here twice. */
  readonly roles: readonly HeldRole[]
  /** Its own, its groups' and those of its custom roles. */
  readonly grants: readonly HeldGrant[]
}

export interface HeldRole {
  readonly key: number
  readonly name: string
  /** 0 or 1. */
  readonly builtIn: number
  /** Whose it is: the account's, or one of its groups'. */
  readonly holder: number
}

export interface HeldGrant {
  /** Of the account or group that it was given to; 0 for a part of a role. */
  readonly holder: number
  /** Of the custom role that it is part of; 0 for one of its own. */
  readonly role: number
  readonly kind: GrantKind
  /** 0 for all. */
  readonly target: number
  readonly level: Level | ''
  readonly permission: Permission | ''
  readonly effect: 'allow' | 'deny'
}

const isAdmin = statement('access.is-admin', (k: Kysely<AccessTables>, p: { principal: number }) =>
  k.selectFrom('principals').select('is_admin as isAdmin').where('principal_key', '=', p.principal),
)

export const longestLife = statement(
  'access.max-token-life',
  (k: Kysely<AccessTables>, p: { workspace: number }) =>
    k
      .selectFrom('workspaces')
      .select('max_token_life_ms as maxTokenLifeMs')
      .where('workspace_key', '=', p.workspace),
)

const groupsOf = statement('access.groups-of', (k: Kysely<AccessTables>, p: { principal: number }) =>
  k
    .selectFrom('group_members')
    .innerJoin('principals as g', 'g.principal_key', 'group_members.group_key')
    .select(['g.principal_key as key', 'g.name as name'])
    .distinct()
    .where('group_members.member_key', '=', p.principal),
)

const rolesOf = statement(
  'access.roles-of',
  (k: Kysely<AccessTables>, p: { holders: readonly number[]; workspace: number }, words) =>
    k
      .selectFrom('role_assignments as a')
      .innerJoin('roles as r', 'r.role_key', 'a.role_key')
      .select(['r.role_key as key', 'r.name as name', 'r.built_in as builtIn', 'a.principal_key as holder'])
      .where(words.among(sql.ref('a.principal_key'), p.holders))
      .where('a.workspace_key', '=', p.workspace),
)

const GRANT_COLUMNS = [
  'principal_key as holder',
  'role_key as role',
  'kind',
  'target',
  'level',
  'permission',
  'effect',
] as const

const grantsOfHolders = statement(
  'access.grants-of-holders',
  (k: Kysely<AccessTables>, p: { holders: readonly number[]; workspace: number }, words) =>
    k
      .selectFrom('grants')
      .select(GRANT_COLUMNS)
      .where(words.among(sql.ref('principal_key'), p.holders))
      .where('workspace_key', '=', p.workspace)
      .where('role_key', '=', 0),
)

const grantsOfRoles = statement(
  'access.grants-of-roles',
  (k: Kysely<AccessTables>, p: { roles: readonly number[]; workspace: number }, words) =>
    k
      .selectFrom('grants')
      .select(GRANT_COLUMNS)
      .where(words.among(sql.ref('role_key'), p.roles))
      .where('role_key', '<>', sql.lit(0))
      .where('workspace_key', '=', p.workspace),
)

/** Runs in a scan: with 5,000 grants it takes milliseconds. An account that is not there has nothing. */
export async function loadRights(reads: Reads, principal: number, workspace: number): Promise<Rights> {
  const row = await reads.first(isAdmin, { principal })
  const found = row === undefined ? [] : await reads.all(groupsOf, { principal })
  const groups = new Map(found.map(({ key, name }) => [key, name]))
  const holders = row === undefined ? [] : [principal, ...groups.keys()]
  const roles = await reads.all(rolesOf, { holders, workspace })
  const custom = [...new Set(roles.filter(({ builtIn }) => builtIn === 0).map(({ key }) => key))]
  const grants = await reads.all(grantsOfHolders, { holders, workspace })
  if (custom.length > 0) grants.push(...(await reads.all(grantsOfRoles, { roles: custom, workspace })))
  const cap = await reads.first(longestLife, { workspace })
  return {
    principalKey: principal,
    workspaceKey: workspace,
    isAdmin: row?.isAdmin === 1,
    maxTokenLifeMs: cap?.maxTokenLifeMs ?? null,
    groups,
    roles,
    grants,
  }
}
