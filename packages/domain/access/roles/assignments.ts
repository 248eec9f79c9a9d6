import { missing, must, Problem } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { Roles } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessTables } from '../access-tables.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { concernedBy, findHolder, MANUAL } from '../principals/holder.ts'
import { keepStaffed } from '../principals/staff.ts'
import { findRole, findRoleToManage, takeRole } from './about-role.ts'
import {
  assignmentOf,
  assignmentsIn,
  assignmentsOfRole,
  deleteAssignment,
  insertAssignment,
} from './assignment-rows.ts'
import { findToSee } from './find-to-see.ts'
import { roleDetails, rolesByKeys } from './role-rows.ts'

const rolesHeldBy = statement('access.roles-held-by', (k: Kysely<AccessTables>, p: { principal: number }) =>
  k
    .selectFrom('role_assignments as a')
    .select('a.role_key as key')
    .distinct()
    .where((e) =>
      e.or([
        e('a.principal_key', '=', p.principal),
        e(
          'a.principal_key',
          'in',
          e.selectFrom('group_members as m').select('m.group_key').where('m.member_key', '=', p.principal),
        ),
      ]),
    ),
)

/** Lists who has which role in the caller's workspace; see `Roles.assignments`. */
export function makeListAssignments({ db }: AccessVerbDeps): Roles['assignments'] {
  return async function listAssignments(caller) {
    must(caller, 'workspace.read')
    return db.scan((reads) => reads.all(assignmentsIn, { workspace: caller.workspace.key }))
  }
}

/** Lists who has a role; see `Roles.holders`. */
export function makeListHolders(deps: AccessVerbDeps): Roles['holders'] {
  return async function listHolders(caller, { roleKey }) {
    const { role, there } = await findRole(deps, caller, roleKey)
    must(there, 'workspace.read')
    return deps.db.scan((reads) => reads.all(assignmentsOfRole, { role: role.key }))
  }
}

/** Lists the roles of an account, groups included; see `Roles.of`. */
export function makeRolesOf(deps: AccessVerbDeps): Roles['of'] {
  const { db, things } = deps
  return async function rolesOf(caller, { principal }) {
    const { found, workspaces } = await findToSee(deps, caller, principal)
    const roles = await db.scan(async (reads) => {
      const held = await reads.all(rolesHeldBy, { principal: found.key })
      return reads.all(rolesByKeys, { roles: held.map(({ key }) => key) })
    })
    const seen = roles.filter(({ workspaceKey }) => workspaces?.has(workspaceKey) ?? true)
    return db.scan((reads) => roleDetails(reads, things, seen))
  }
}

/** Gives an account or group a role; see `Roles.assign`. */
export function makeAssignRole(deps: AccessVerbDeps): Roles['assign'] {
  const { db, emit, clock, changes } = deps
  return async function assignRole(caller, { principal, roleKey }) {
    const { role, there } = await findRoleToManage(deps, caller, roleKey)
    return db.inTx(async (tx) => {
      await changes.turn(tx)
      const { key, name, workspaceKey } = await takeRole(tx, role)
      const holder = await findHolder(tx, principal, workspaceKey)
      const added = await tx.run(insertAssignment, {
        workspace: workspaceKey,
        principal: holder.key,
        role: key,
        source: MANUAL,
        now: clock(),
        by: caller.principal.name,
      })
      if (added === 0) {
        throw new Problem(
          'RESOURCE_ALREADY_EXISTS',
          `User role assignment (user_id=${holder.key}, role_id=${key}) already exists`,
        )
      }
      await changes.change(tx, concernedBy(holder, workspaceKey))
      await emit(tx, there, {
        type: 'role.assigned',
        subject: `roles/${name}`,
        before: undefined,
        after: { role: name, principal: holder.name },
      } satisfies AccessEvent)
      return (await tx.first(assignmentOf, { principal: holder.key, role: key }))!
    })
  }
}

/** Takes a role from an account or group; see `Roles.unassign`. */
export function makeUnassignRole(deps: AccessVerbDeps): Roles['unassign'] {
  const { db, emit, changes } = deps
  return async function unassignRole(caller, { principal, roleKey }) {
    const { role, there } = await findRoleToManage(deps, caller, roleKey)
    await db.inTx(async (tx) => {
      await changes.turn(tx)
      const { key, name, workspaceKey } = await takeRole(tx, role)
      const holder = await findHolder(tx, principal, workspaceKey)
      let removed = 0
      await keepStaffed(tx, { workspace: workspaceKey }, async () => {
        removed = await tx.run(deleteAssignment, { principal: holder.key, role: key })
      })
      if (removed === 0) {
        throw missing(`User role assignment (user_id=${holder.key}, role_id=${key}) not found`)
      }
      await changes.change(tx, concernedBy(holder, workspaceKey))
      await emit(tx, there, {
        type: 'role.unassigned',
        subject: `roles/${name}`,
        before: { role: name, principal: holder.name },
        after: undefined,
      } satisfies AccessEvent)
    })
  }
}
