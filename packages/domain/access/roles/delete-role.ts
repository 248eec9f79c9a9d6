import { statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { Roles } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessTables } from '../access-tables.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { keepStaffed } from '../principals/staff.ts'
import { findRoleToManage, mustBeCustom, takeRole } from './about-role.ts'

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
