import { type Caller, invalid, missing, must, Problem } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { foldName } from '../decisions/find-principal.ts'
import { LIMITS } from '../limits.ts'
import { checkPlainName } from '../plain-name.ts'
import { noWorkspace, workspaceOf } from '../workspaces/workspace-rows.ts'
import { type RoleRow, roleByKey } from './role-rows.ts'

/** A role with the caller in its workspace, by whom everything about it is decided. */
export interface NamedRole {
  readonly role: RoleRow
  readonly there: Caller
}

export const noRole = (key: number) => missing(`Role with id=${key} not found`)

/**
 * The role of a key, in whatever workspace. Not inside a transaction.
 *
 * @throws RESOURCE_DOES_NOT_EXIST also where the caller is no member of its workspace
 */
export async function findRole(
  { db, profiles }: Pick<AccessVerbDeps, 'db' | 'profiles'>,
  caller: Caller,
  key: number,
): Promise<NamedRole> {
  const role = await db.read.first(roleByKey, { key })
  if (role === undefined) throw noRole(key)
  const { workspaceKey, workspace: name, defaultArtifactRoot, archivedAt } = role
  const workspace = workspaceOf({ key: workspaceKey, name, defaultArtifactRoot, archivedAt })
  const there = await profiles.callerIn(caller, workspace)
  if (there === undefined) throw noRole(key)
  return { role, there }
}

/** As `findRole`, for owners of its workspace. */
export async function findRoleToManage(
  deps: Pick<AccessVerbDeps, 'db' | 'profiles'>,
  caller: Caller,
  key: number,
): Promise<NamedRole> {
  const named = await findRole(deps, caller, key)
  must(named.there, 'workspace.manage')
  return named
}

/** The role that was found before the transaction, as it is now that it is this transaction's turn. */
export async function takeRole(tx: Reads, { key, workspaceKey }: RoleRow): Promise<RoleRow> {
  const role = await tx.first(roleByKey, { key })
  if (role === undefined) throw noRole(key)
  if (role.workspaceKey === workspaceKey) return role
  throw noWorkspace(role.workspace)
}

export function mustBeCustom({ builtIn, name }: RoleRow): void {
  if (builtIn === 0) return
  throw new Problem('INVALID_STATE', `The role '${name}' is built in: it cannot be changed or deleted.`, {
    hint: 'Make a custom role with the permissions that you want.',
  })
}

/** MLflow's sentences. */
export function checkRoleName(name: string): void {
  if (name.trim() === '') throw invalid('Role name cannot be empty.')
  if (foldName(name).startsWith('__user_')) {
    const told = name.slice(0, LIMITS.roleName)
    throw invalid(
      `Role name '${told}' uses the reserved '__user_' prefix, which is held for the per-user permission representation. Choose a different name.`,
    )
  }
  checkPlainName(name, 'Invalid role name', LIMITS.roleName)
}

export function checkRoleDescription(description: string): void {
  const length = [...description].length
  if (length <= LIMITS.description && description.isWellFormed() && !description.includes('\0')) return
  throw invalid(
    `'description' has ${length} characters, at most ${LIMITS.description} fit, none of them NUL.`,
  )
}
