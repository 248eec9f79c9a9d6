import { invalid, must, Problem } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { Roles } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessTables } from '../access-tables.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { findNamed } from '../workspaces/find-named.ts'
import { takeWorkspace } from '../workspaces/take-workspace.ts'
import { checkRoleDescription, checkRoleName } from './about-role.ts'
import { permissionsFrom, writePermissions } from './named-permissions.ts'
import { checkRequired } from './required-permissions.ts'
import { roleDetailsByKey } from './role-rows.ts'

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

/** Makes a custom role; see `Roles.create`. */
export function makeCreateRole(deps: AccessVerbDeps): Roles['create'] {
  const { db, emit, clock, changes, profiles, things } = deps
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
      const now = clock()
      const made = await tx.first(insertRole, {
        workspace: row.key,
        name,
        description: description ?? null,
        now,
      })
      if (made === undefined) {
        throw new Problem(
          'RESOURCE_ALREADY_EXISTS',
          `Role (name=${name}, workspace=${row.name}) already exists.`,
        )
      }
      const role = { key: made.key, workspaceKey: row.key }
      await writePermissions(tx, role, given, { now, by: caller.principal.name })
      await emit(tx, there, {
        type: 'role.created',
        subject: `roles/${name}`,
        before: undefined,
        after: { name },
      } satisfies AccessEvent)
      const details = await roleDetailsByKey(tx, things, made.key)
      checkRequired(given, details.permissions)
      return details
    })
  }
}
