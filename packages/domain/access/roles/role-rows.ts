import { PERMISSION_NAMES } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { buildProfile } from '../decisions/build-profile.ts'
import type { RoleDetails } from '../grant.ts'
import { asGrants, type GrantRow, grantsOfRoleKeys } from '../grants/grant-rows.ts'
import type { Things } from '../seams.ts'

/** A role's row, with the workspace that decides who may do what with it. */
export interface RoleRow {
  readonly key: number
  readonly name: string
  readonly description: string | null
  /** 0 or 1. */
  readonly builtIn: number
  readonly workspaceKey: number
  readonly workspace: string
  readonly defaultArtifactRoot: string
  readonly archivedAt: number | null
}

const select = (k: Kysely<AccessTables>) =>
  k
    .selectFrom('roles as r')
    .innerJoin('workspaces as w', 'w.workspace_key', 'r.workspace_key')
    .select([
      'r.role_key as key',
      'r.name as name',
      'r.description as description',
      'r.built_in as builtIn',
      'r.workspace_key as workspaceKey',
      'w.name as workspace',
      'w.default_artifact_root as defaultArtifactRoot',
      'w.archived_at as archivedAt',
    ])
    .where('w.deleted_at', 'is', null)

export const roleByKey = statement('access.role-by-key', (k: Kysely<AccessTables>, p: { key: number }) =>
  select(k).where('r.role_key', '=', p.key),
)

export const rolesInWorkspaces = statement(
  'access.roles-in-workspaces',
  (k: Kysely<AccessTables>, p: { workspaces: readonly number[] }, words) =>
    select(k)
      .where(words.among(sql.ref('r.workspace_key'), p.workspaces))
      .orderBy('w.name')
      .orderBy('r.built_in', 'desc')
      .orderBy('r.role_key'),
)

export const allRoles = statement('access.all-roles', (k: Kysely<AccessTables>, _: Record<string, never>) =>
  select(k).orderBy('w.name').orderBy('r.built_in', 'desc').orderBy('r.role_key'),
)

export const rolesByKeys = statement(
  'access.roles-by-keys',
  (k: Kysely<AccessTables>, p: { roles: readonly number[] }, words) =>
    select(k)
      .where(words.among(sql.ref('r.role_key'), p.roles))
      .orderBy('w.name')
      .orderBy('r.built_in', 'desc')
      .orderBy('r.role_key'),
)

/** Rows with what they give: built-in ones in the order in which they are known, custom ones by name. */
export async function roleDetails(
  reads: Reads,
  things: Pick<Things, 'names'>,
  rows: readonly RoleRow[],
): Promise<RoleDetails[]> {
  const custom = rows.filter(({ builtIn }) => builtIn === 0).map(({ key }) => key)
  const found = custom.length === 0 ? [] : await reads.all(grantsOfRoleKeys, { roles: custom })
  const details: RoleDetails[] = []
  for (const row of rows) {
    const grants = found.filter(({ role }) => role === row.key)
    const named = await asGrants(reads, things, row.workspaceKey, grants)
    details.push({
      key: row.key,
      workspace: row.workspace,
      name: row.name,
      description: row.description,
      builtIn: row.builtIn === 1,
      permissions: permissionsOf(row, grants),
      grants: named.map(({ grant }) => grant),
    })
  }
  return details.sort(inOrder)
}

/** A role of the transaction that wrote it. */
export async function roleDetailsByKey(
  reads: Reads,
  things: Pick<Things, 'names'>,
  key: number,
): Promise<RoleDetails> {
  const row = await reads.first(roleByKey, { key })
  const [details] = await roleDetails(reads, things, [row!])
  return details!
}

function inOrder(one: RoleDetails, other: RoleDetails): number {
  if (one.workspace !== other.workspace) return one.workspace < other.workspace ? -1 : 1
  if (one.builtIn !== other.builtIn) return one.builtIn ? -1 : 1
  if (one.builtIn) return one.key - other.key
  return one.name < other.name ? -1 : 1
}

/** What somebody could do in the whole workspace who had this role and nothing else. */
function permissionsOf(row: RoleRow, grants: readonly GrantRow[]): RoleDetails['permissions'] {
  const { everywhere, deniedEverywhere } = buildProfile({
    principalKey: 0,
    workspaceKey: row.workspaceKey,
    isAdmin: false,
    maxTokenLifeMs: null,
    groups: new Map(),
    roles: [{ key: row.key, name: row.name, builtIn: row.builtIn, holder: 0 }],
    grants: grants.map((grant) => ({ ...grant, holder: 0 })),
  })
  return PERMISSION_NAMES.filter((name) => everywhere.has(name) && !deniedEverywhere.has(name))
}

export const ownerRoleOf = statement(
  'access.built-in-owner-role',
  (k: Kysely<AccessTables>, p: { workspace: number }) =>
    k
      .selectFrom('roles')
      .select('role_key as key')
      .where('workspace_key', '=', p.workspace)
      .where('name', '=', 'owner')
      .where('built_in', '=', 1),
)
