import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { findPrincipal } from '../decisions/find-principal.ts'
import { groupKeysOf } from '../principals/holder.ts'

const rolesOf = statement(
  'access.role-keys-of-holders',
  (k: Kysely<AccessTables>, p: { workspace: number; holders: readonly number[] }, words) =>
    k
      .selectFrom('role_assignments')
      .select('role_key as key')
      .distinct()
      .where(words.among(sql.ref('principal_key'), p.holders))
      .where('workspace_key', '=', p.workspace),
)

const rolesNamed = statement(
  'access.roles-named',
  (k: Kysely<AccessTables>, p: { workspace: number; names: readonly string[] }, words) =>
    k
      .selectFrom('roles')
      .select(['name', 'role_key as key'])
      .where('workspace_key', '=', p.workspace)
      .where(words.among(sql.ref('name'), p.names)),
)

/** Whoever had a name when it was given; keys are never reused, names are. */
export interface Named {
  /** `users/<name>`, `groups/<name>`, `roles/<name>`, as it was given. */
  readonly name: string
  /** Of the account, group or role. */
  readonly key: number
}

const keysOf = (named: readonly Named[], kind: string) =>
  named.filter(({ name }) => name.startsWith(`${kind}/`)).map(({ key }) => key)

/**
 * Whether an account is one of those who were named: itself (of whichever kind), through a group, or through a role of the
 * workspace, its own or a group's. Being administrator is no role.
 */
export async function isAmong(
  reads: Reads,
  workspaceKey: number,
  principalKey: number,
  named: readonly Named[],
): Promise<boolean> {
  if (keysOf(named, 'users').includes(principalKey)) return true
  const [groups, roles] = [keysOf(named, 'groups'), keysOf(named, 'roles')]
  if (groups.length + roles.length === 0) return false
  const memberOf = await groupKeysOf(reads, [principalKey])
  if (memberOf.some((key) => groups.includes(key))) return true
  if (roles.length === 0) return false
  const held = await reads.all(rolesOf, { workspace: workspaceKey, holders: [principalKey, ...memberOf] })
  return held.some(({ key }) => roles.includes(key))
}

/** Who has the names `users/<name>` (any account), `groups/<name>`, `roles/<name>` now; names that nobody has are left out. */
export async function whoIsNamed(
  reads: Reads,
  workspaceKey: number,
  names: readonly string[],
): Promise<Named[]> {
  const ofRoles = names.filter((name) => name.startsWith('roles/')).map((name) => name.slice('roles/'.length))
  const found = await reads.all(rolesNamed, { workspace: workspaceKey, names: ofRoles })
  const roles = new Map(found.map(({ name, key }) => [`roles/${name}`, key]))
  const named: Named[] = []
  for (const name of names) {
    const key = name.startsWith('roles/') ? roles.get(name) : await principalNamed(reads, name)
    if (key !== undefined) named.push({ name, key })
  }
  return named
}

async function principalNamed(reads: Reads, name: string): Promise<number | undefined> {
  const [kind, ...rest] = name.split('/')
  const principal = await findPrincipal(reads, rest.join('/'))
  const isOfKind = principal !== undefined && (principal.kind === 'group') === (kind === 'groups')
  return isOfKind ? principal.key : undefined
}
