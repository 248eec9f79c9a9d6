import type { Permission } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { grantsOfRoleKeys, insertGrant } from '../grants/grant-rows.ts'
import { parseRolePermission } from '../grants/grant-words.ts'

/*
 * What a custom role gives by name: grants of the kind `permission`, beside which it may have levels on things.
 */

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

/** @throws INVALID_PARAMETER_VALUE for what is no permission, or none that a role can give */
export function permissionsFrom(given: readonly string[]): Permission[] {
  return [...new Set(given)].map(parseRolePermission)
}

/** The permissions that a role allows by name. */
export async function namedPermissions(tx: Tx, role: number): Promise<string[]> {
  const grants = await tx.all(grantsOfRoleKeys, { roles: [role] })
  return grants
    .filter(({ kind, effect }) => kind === 'permission' && effect === 'allow')
    .map((g) => g.permission)
}

/** Gives a role permissions by name. */
export async function writePermissions(
  tx: Tx,
  role: { readonly key: number; readonly workspaceKey: number },
  permissions: readonly Permission[],
  { now, by }: { readonly now: number; readonly by: string },
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
      createdAt: now,
      createdBy: by,
    })
  }
}

/** Takes away all that a role allows by name; levels stay. */
export async function dropPermissions(tx: Tx, role: number): Promise<void> {
  await tx.run(dropNamedPermissions, { role })
}
