import { LEVELS, type Level, PERMISSION_NAMES, type Permission, ROLES } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { AccessTables } from '../../access-tables.ts'
import type { GrantKind } from '../../grant.ts'

type Row<Table extends keyof AccessTables> = { [Column in keyof AccessTables[Table]]?: unknown }

/** Rows of this module, written as they are: what verbs write is another test's matter. */
async function insert<Table extends keyof AccessTables>(
  db: Database,
  table: Table,
  rows: readonly Row<Table>[],
) {
  if (rows.length === 0) return
  await db.inTx(async (tx) => {
    await tx
      .tables<Record<string, Record<string, unknown>>>()
      .insertInto(table)
      .values(rows as Record<string, unknown>[])
      .execute()
  })
}

const principal = (key: number, kind: string, isAdmin = 0): Row<'principals'> => ({
  principal_key: key,
  kind,
  name: `p${key}`,
  folded_name: `p${key}`,
  display_name: '',
  email: '',
  is_admin: isAdmin,
  stamp: 0,
  created_at: 0,
  created_by: '',
  updated_at: 0,
})

export interface Given {
  readonly workspace: number
  readonly principal: number
  readonly role: number
  readonly kind: GrantKind
  readonly target: number
  readonly level: Level | ''
  readonly permission: Permission | ''
  readonly effect: 'allow' | 'deny'
}

export interface World {
  readonly admins: readonly number[]
  readonly members: readonly (readonly [group: number, member: number])[]
  readonly roles: readonly { key: number; workspace: number; name: string; builtIn: boolean }[]
  readonly assignments: readonly (readonly [principal: number, role: number])[]
  readonly grants: readonly Given[]
}

export const USERS = [1, 2, 3, 4]
const GROUPS = [11, 12, 13]
export const WORKSPACES = [1, 2]
/** On 9 nobody ever has a grant. */
export const THINGS = [1, 2, 3, 9]

/** Numbers that look random and are the same in each run. */
function dice(seed: number) {
  let state = seed
  const roll = (sides: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
  return { roll, one: <T>(of: readonly T[]): T => of[roll(of.length)]! }
}

export function randomWorld(seed: number): World {
  const { roll, one } = dice(seed)
  const roles = WORKSPACES.flatMap((workspace) => [
    ...Object.keys(ROLES).map((name, at) => ({ key: workspace * 100 + at, workspace, name, builtIn: true })),
    ...[50, 51].map((at) => ({ key: workspace * 100 + at, workspace, name: `custom-${at}`, builtIn: false })),
  ])
  const unique = new Map<string, Given>()
  for (let at = roll(30); at > 0; at--) {
    const workspace = one(WORKSPACES)
    const ofRole = roll(3) === 0
    const holder = {
      principal: ofRole ? 0 : one([...USERS, ...GROUPS]),
      role: ofRole ? workspace * 100 + one([50, 51]) : 0,
    }
    const kind = one<GrantKind>([
      'experiment',
      'experiment',
      'registered_model',
      'prompt',
      'run',
      'trace',
      'workspace',
      'permission',
    ])
    const single = ['experiment', 'registered_model', 'prompt'].includes(kind) && roll(3) > 0
    const given: Given = {
      workspace,
      ...holder,
      kind,
      target: single ? one([1, 2, 3]) : 0,
      level: kind === 'permission' ? '' : kind === 'workspace' ? one(['USE', 'USE', 'MANAGE']) : one(LEVELS),
      permission:
        kind === 'permission'
          ? one(['server.manage', 'model.read', 'experiment.read', one(PERMISSION_NAMES)])
          : '',
      effect: kind === 'workspace' ? 'allow' : one(['allow', 'allow', 'deny']),
    }
    unique.set(
      [given.principal, workspace, given.role, kind, given.target, given.permission].join(' '),
      given,
    )
  }
  const pairs = <T>(count: number, make: () => readonly [T, T]) => [
    ...new Map(Array.from({ length: count }, make).map((pair) => [pair.join(' '), pair])).values(),
  ]
  return {
    admins: roll(4) === 0 ? [one(USERS)] : [],
    members: pairs(roll(6), () => [one(GROUPS), one(USERS)] as const),
    roles,
    assignments: pairs(roll(5), () => [one([...USERS, ...GROUPS]), one(roles).key] as const),
    grants: [...unique.values()],
  }
}

/** Puts a world into the tables, in place of the one that is there. */
export async function build(db: Database, world: World): Promise<void> {
  await db.inTx(async (tx) => {
    const tables = tx.tables<AccessTables>()
    for (const table of ['principals', 'group_members', 'roles', 'role_assignments', 'grants'] as const) {
      await tables.deleteFrom(table).execute()
    }
  })
  await insert(db, 'principals', [
    ...USERS.map((key) => principal(key, 'user', world.admins.includes(key) ? 1 : 0)),
    ...GROUPS.map((key) => principal(key, 'group')),
  ])
  await insert(
    db,
    'group_members',
    world.members.map(([group_key, member_key]) => ({ group_key, member_key, source: 'manual' })),
  )
  await insert(
    db,
    'roles',
    world.roles.map(({ key, workspace, name, builtIn }) => ({
      role_key: key,
      workspace_key: workspace,
      name,
      built_in: builtIn ? 1 : 0,
      created_at: 0,
      updated_at: 0,
    })),
  )
  await insert(
    db,
    'role_assignments',
    world.assignments.map(([principal_key, role_key]) => ({
      workspace_key: Math.floor(role_key / 100),
      principal_key,
      role_key,
      source: 'manual',
      created_at: 0,
      created_by: '',
    })),
  )
  await insert(
    db,
    'grants',
    world.grants.map(({ workspace, principal, role, ...grant }) => ({
      workspace_key: workspace,
      principal_key: principal,
      role_key: role,
      ...grant,
      created_at: 0,
      created_by: '',
    })),
  )
}
