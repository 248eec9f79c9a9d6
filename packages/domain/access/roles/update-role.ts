import { invalid, Problem } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { Roles } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessTables } from '../access-tables.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import {
  checkRoleDescription,
  checkRoleName,
  findRoleToManage,
  mustBeCustom,
  takeRole,
} from './about-role.ts'
import { dropPermissions, namedPermissions, permissionsFrom, writePermissions } from './named-permissions.ts'
import { checkRequired } from './required-permissions.ts'
import { roleDetailsByKey } from './role-rows.ts'

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

/** Changes a custom role, for everybody who has it; see `Roles.update`. */
export function makeUpdateRole(deps: AccessVerbDeps): Roles['update'] {
  const { db, emit, clock, changes, things } = deps
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
      const now = clock()
      await tx.run(updateRoleRow, { key: old.key, ...fresh, now })
      const had = await namedPermissions(tx, old.key)
      if (given !== undefined) {
        await dropPermissions(tx, old.key)
        await writePermissions(tx, old, given, { now, by: caller.principal.name })
        await changes.change(tx, { workspace: old.workspaceKey })
      }
      await emit(tx, there, {
        type: 'role.updated',
        subject: `roles/${old.name}`,
        before: { name: old.name, description: old.description, permissions: had.join(' ') },
        after: { ...fresh, permissions: (await namedPermissions(tx, old.key)).join(' ') },
      } satisfies AccessEvent)
      const details = await roleDetailsByKey(tx, things, old.key)
      if (given !== undefined) checkRequired(given, details.permissions)
      return details
    })
  }
}
