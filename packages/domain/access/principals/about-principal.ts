import { type Caller, must } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { type FoundPrincipal, findPrincipal, foldName, noPrincipal } from '../decisions/find-principal.ts'
import type { PrincipalKind } from '../principal.ts'

export const isSelf = (caller: Caller, found: Pick<FoundPrincipal, 'key'>) =>
  caller.principal.key !== undefined && caller.principal.key === found.key

/** Whether a name is the caller's own, asked before anything is looked up. */
export const isOwnName = (caller: Caller, name: string) =>
  caller.principal.key !== undefined && foldName(name.slice(0, 500)) === foldName(caller.principal.name)

/** Whether an account or group has anything in a workspace, or belongs to it. Not inside a transaction. */
export async function isIn(
  { profiles }: Pick<AccessVerbDeps, 'profiles'>,
  found: FoundPrincipal,
  workspaceKey: number,
): Promise<boolean> {
  if (found.homeWorkspaceKey !== null && found.homeWorkspaceKey === workspaceKey) return true
  return (await profiles.profileOf(found.key, workspaceKey)).isMember
}

/**
 * The account or group that a verb is about, for callers who may know of it: oneself, whoever is asked about by an
 * administrator, and members of a workspace by its owner. Not inside a transaction.
 *
 * @throws PERMISSION_DENIED for everybody else, whether there is such an account or not
 * @throws RESOURCE_DOES_NOT_EXIST where there is none, or none in the workspace that the caller owns
 */
export async function findAbout(
  deps: Pick<AccessVerbDeps, 'db' | 'profiles'>,
  caller: Caller,
  name: string,
  kind?: PrincipalKind,
): Promise<FoundPrincipal> {
  const isAdmin = caller.may('server.manage')
  if (!isAdmin && !isOwnName(caller, name)) must(caller, 'workspace.manage')
  const found = await findPrincipal(deps.db.read, name)
  if (found === undefined || (kind !== undefined && found.kind !== kind)) throw noPrincipal(name)
  if (isAdmin || isSelf(caller, found) || (await isIn(deps, found, caller.workspace.key))) return found
  throw noPrincipal(name)
}

/**
 * Who may change or delete an account or group: administrators, and of service accounts the owners of their workspace.
 *
 * @throws PERMISSION_DENIED before it is told whether there is one
 */
export async function findToManage(
  { db }: Pick<AccessVerbDeps, 'db'>,
  caller: Caller,
  name: string,
  kind: PrincipalKind,
): Promise<FoundPrincipal> {
  const isAdmin = caller.may('server.manage')
  if (!isAdmin) must(caller, kind === 'service' ? 'workspace.manage' : 'server.manage')
  const found = await findPrincipal(db.read, name)
  const isHere = isAdmin || found?.homeWorkspaceKey === caller.workspace.key
  if (found === undefined || found.kind !== kind || !isHere) throw noPrincipal(name)
  return found
}

/** The account that was found before the transaction, as it is now that it is this transaction's turn. */
export async function takeFound(tx: Tx, found: FoundPrincipal): Promise<FoundPrincipal> {
  const now = await findPrincipal(tx, found.name)
  if (now?.key !== found.key) throw noPrincipal(found.name)
  return now
}
