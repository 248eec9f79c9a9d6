import type { Caller } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { DEFAULT_WORKSPACE } from '../ensure-workspace.ts'
import type { WorkspaceDeps } from './workspace-deps.ts'
import { checkWorkspaceName } from './workspace-name.ts'
import { findRow, noWorkspace, type WorkspaceRow, workspaceOf } from './workspace-rows.ts'

/** The key of no workspace: they begin at 1. */
const NONE = 0

export interface NamedWorkspace {
  readonly row: WorkspaceRow
  /** The caller in it, by whom all permissions are decided. */
  readonly there: Caller
}

/**
 * The workspace that a verb names, whichever workspace the request is in.
 *
 * @throws RESOURCE_DOES_NOT_EXIST "Workspace '<name>' not found", also where the caller has no role in it
 */
export async function findNamed(
  { callerIn }: Pick<WorkspaceDeps, 'callerIn'>,
  reads: Reads,
  caller: Caller,
  name: string,
): Promise<NamedWorkspace> {
  if (name !== DEFAULT_WORKSPACE) checkWorkspaceName(name)
  const row = await findRow(reads, name)
  // The same questions where there is none: the time of the answer must not tell that a workspace exists.
  const there = await callerIn(caller, row === undefined ? { key: NONE, name } : workspaceOf(row))
  if (row === undefined || there === undefined) throw noWorkspace(name)
  return { row, there }
}
