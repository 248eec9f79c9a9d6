import { type Caller, must, Problem, readableHas } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { targetKindOf } from '../decisions/levels.ts'
import type { GrantKind } from '../grant.ts'
import { findTarget, noThing } from './grant-rows.ts'

/**
 * The key of what a grant names, for whoever may give rights on it.
 *
 * @returns 0 for `*`
 * @throws RESOURCE_DOES_NOT_EXIST where there is none that the caller may read
 * @throws PERMISSION_DENIED without MANAGE of it; for `*` without `workspace.manage`
 */
export async function findToGrant(
  reads: Reads,
  things: AccessVerbDeps['things'],
  caller: Caller,
  kind: GrantKind,
  pattern: string,
): Promise<number> {
  const resource = targetKindOf(kind)
  if (pattern === '*' || resource === undefined) {
    must(caller, 'workspace.manage')
    return 0
  }
  const target = await findTarget(reads, things, caller.workspace.key, kind, pattern)
  if (target === undefined || !readableHas(caller.readable(resource), target)) throw noThing(kind, pattern)
  if (!caller.may('workspace.manage')) must(caller, `${resource}.manage`, target)
  else must(caller, 'workspace.manage')
  return target
}

/** Levels on things are what accounts and groups are given singly; MLflow's sentence for workspaces. */
export function mustBeSingle(kind: GrantKind): void {
  if (kind === 'workspace') {
    throw new Problem(
      'INVALID_PARAMETER_VALUE',
      "resource_type 'workspace' is not supported by the per-user permission convenience APIs. Use set_workspace_permission / delete_workspace_permission for workspace-wide grants.",
      { hint: "Give the account a role: 'owner', or one with a grant on the workspace." },
    )
  }
  if (kind === 'permission') {
    throw new Problem('INVALID_PARAMETER_VALUE', 'Single permissions are given by roles, levels by grants.')
  }
}
