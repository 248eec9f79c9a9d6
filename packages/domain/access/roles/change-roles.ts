import { invalid, must, type Permission, Problem } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { Roles } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessTables } from '../access-tables.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import type { RoleDetails } from '../grant.ts'
import { grantsOfRoleKeys, insertGrant } from '../grants/grant-rows.ts'
import { parseRolePermission } from '../grants/grant-words.ts'
import { keepStaffed } from '../principals/staff.ts'
import { findNamed } from '../workspaces/find-named.ts'
import { takeWorkspace } from '../workspaces/take-workspace.ts'
import {
  checkRoleDescription,
  checkRoleName,
  findRoleToManage,
  mustBeCustom,
  noRole,
  takeRole,
} from './about-role.ts'
import { checkRequired } from './required-permissions.ts'
import { roleByKey, roleDetails } from './role-rows.ts'

const insertRole = statement(
  'access.insert-role',
  (
    k: Kysely<AccessTables>,
    p: { workspace: number; name: string; description: string | null; now: number },
  ) =>
    k
      .insertInto('roles')
      .values({
        workspace_key: p.workspace,
        name: p.name,
        description: p.description,
        built_in: 0,
        created_at: p.now,
        updated_at: p.now,
      })
      .onConflict((clash) => clash.doNothing())
      .returning('role_key as key'),
)

const roleOfName = statement(
  'access.role-of-name',
  (k: Kysely<AccessTables>, p: { workspace: number; name: string }) =>
    k
      .selectFrom('roles')
      .select('role_key as key')
      .where('workspace_key', '=', p.workspace)
      .where(sql<boolean>`lower(name) = lower(${p.name})`),
)

const updateRoleRow = statement(
  'access.update-role',
  (k: Kysely<AccessTables>, p: { key: number; name: string; description: string | null; now: number }) =>
    k
      .updateTable('roles')
      .set({ name: p.name, description: p.description, updated_at: p.now })
      .where('role_key', '=', p.key),
)

const DROPS = [
  statement('access.drop-assignments-of-role', (k: Kysely<AccessTables>, p: { role: number }) =>
    k.deleteFrom('role_assignments').where('role_key', '=', p.role),
  ),
  statement('access.drop-grants-of-role', (k: Kysely<AccessTables>, p: { role: number }) =>
    k.deleteFrom('grants').where('role_key', '=', p.role).where('role_key', '<>', sql.lit(0)),
  ),
  statement('access.drop-role', (k: Kysely<AccessTables>, p: { role: number }) =>
    k.deleteFrom('roles').where('role_key', '=', p.role),
  ),
]

const dropNamedPermissions = statement(
  'access.drop-named-permissions',
  (k: Kysely<AccessTables>, p: { role: number }) =>
    k
      .deleteFrom('grants')
      .where('role_key', '=', p.role)
      .where('role_key', '<>', sql.lit(0))
      .where('kind', '=', 'permission')
      .where('effect', '=', 'allow'),
)

function permissionsFrom(given: readonly string[]): Permission[] {
  return [...new Set(given)].map(parseRolePermission)
}

async function writePermissions(
  { clock }: AccessVerbDeps,
  tx: Tx,
  role: { readonly key: number; readonly workspaceKey: number },
  permissions: readonly Permission[],
  by: string,
): Promise<void> {
  for (const permission of permissions) {
    await tx.first(insertGrant, {
      workspaceKey: role.workspaceKey,
      principal: 0,
      role: role.key,
      kind: 'permission',
      target: 0,
      level: '',
      permission,
      effect: 'allow',
      ofMaker: 0,
      createdAt: clock(),
      createdBy: by,
    })
  }
}

async function detailsOf({ things }: AccessVerbDeps, tx: Tx, key: number): Promise<RoleDetails> {
  const row = await tx.first(roleByKey, { key })
  if (row === undefined) throw noRole(key)
  const [details] = await roleDetails(tx, things, [row])
  return details!
}

/** Makes a custom role; see `Roles.create`. */
export function makeCreateRole(deps: AccessVerbDeps): Roles['create'] {
  const { db, emit, clock, changes, profiles } = deps
  return async function createRole(caller, { workspace, name, description, permissions = [] }) {
    if (workspace.trim() === '') throw invalid('Workspace cannot be empty.')
    const { row, there } = await findNamed(profiles, db.read, caller, workspace)
    must(there, 'workspace.manage')
    checkRoleName(name)
    if (description !== undefined) checkRoleDescription(description)
    const given = permissionsFrom(permissions)
    return db.inTx(async (tx) => {
      await changes.turn(tx)
      await takeWorkspace(tx, row, 'not-archived')
      const made = await tx.first(insertRole, {
        workspace: row.key,
        name,
        description: description ?? null,
        now: clock(),
      })
      if (made === undefined) {
        throw new Problem(
          'RESOURCE_ALREADY_EXISTS',
          `Role (name=${name}, workspace=${row.name}) already exists.`,
        )
      }
      const role = { key: made.key, workspaceKey: row.key }
      await writePermissions(deps, tx, role, given, caller.principal.name)
      await emit(tx, there, {
        type: 'role.created',
        subject: `roles/${name}`,
        before: undefined,
        after: { name },
      } satisfies AccessEvent)
      const details = await detailsOf(deps, tx, made.key)
      checkRequired(given, details.permissions)
      return details
    })
  }
}

/** Changes a custom role, for everybody who has it; see `Roles.update`. */
export function makeUpdateRole(deps: AccessVerbDeps): Roles['update'] {
  const { db, emit, clock, changes } = deps
  return async function updateRole(caller, { roleKey, name, description, permissions }) {
    const { role, there } = await findRoleToManage(deps, caller, roleKey)
    if (name === undefined && description === undefined && permissions === undefined) {
      throw invalid("At least one of 'name' or 'description' must be provided to update a role.")
    }
    mustBeCustom(role)
    if (name !== undefined) checkRoleName(name)
    if (description !== undefined) checkRoleDescription(description)
    const given = permissions && permissionsFrom(permissions)
    return db.inTx(async (tx) => {
      await changes.turn(tx)
      const old = await takeRole(tx, role)
      const named =
        name === undefined ? undefined : await tx.first(roleOfName, { workspace: old.workspaceKey, name })
      if (named !== undefined && named.key !== old.key) {
        throw new Problem(
          'RESOURCE_ALREADY_EXISTS',
          `Role with name=${name} already exists in workspace=${old.workspace}`,
        )
      }
      const fresh = { name: name ?? old.name, description: description ?? old.description }
      await tx.run(updateRoleRow, { key: old.key, ...fresh, now: clock() })
      const had = await namedPermissions(tx, old.key)
      if (given !== undefined) {
        await tx.run(dropNamedPermissions, { role: old.key })
        await writePermissions(deps, tx, old, given, caller.principal.name)
        await changes.change(tx, { workspace: old.workspaceKey })
      }
      await emit(tx, there, {
        type: 'role.updated',
        subject: `roles/${old.name}`,
        before: { name: old.name, description: old.description, permissions: had.join(' ') },
        after: { ...fresh, permissions: (await namedPermissions(tx, old.key)).join(' ') },
      } satisfies AccessEvent)
      const details = await detailsOf(deps, tx, old.key)
      if (given !== undefined) checkRequired(given, details.permissions)
      return details
    })
  }
}

async function namedPermissions(tx: Tx, role: number): Promise<string[]> {
  const grants = await tx.all(grantsOfRoleKeys, { roles: [role] })
  return grants
    .filter(({ kind, effect }) => kind === 'permission' && effect === 'allow')
    .map((g) => g.permission)
}

/** Deletes a custom role and takes it from everybody; see `Roles.delete`. */
export function makeDeleteRole(deps: AccessVerbDeps): Roles['delete'] {
  const { db, emit, changes } = deps
  return async function deleteRole(caller, { roleKey }) {
    const { role, there } = await findRoleToManage(deps, caller, roleKey)
    mustBeCustom(role)
    await db.inTx(async (tx) => {
      await changes.turn(tx)
      const { key, name, workspaceKey } = await takeRole(tx, role)
      await keepStaffed(tx, { workspace: workspaceKey }, async () => {
        for (const drop of DROPS) await tx.run(drop, { role: key })
      })
      await changes.change(tx, { workspace: workspaceKey })
      await emit(tx, there, {
        type: 'role.deleted',
        subject: `roles/${name}`,
        before: { name },
        after: undefined,
      } satisfies AccessEvent)
    })
  }
}
