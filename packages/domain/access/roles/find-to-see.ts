import { type Caller, must } from '@orrery/base/kernel'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { type FoundPrincipal, findPrincipal, noPrincipal } from '../decisions/find-principal.ts'
import { isOwnName } from '../principals/about-principal.ts'
import { ownedWorkspaces } from '../principals/staff.ts'

/**
 * An account or group, and the workspaces in which the caller may see what it has: all (undefined) of oneself and for
 * administrators, as far as their token reaches; else those that the caller owns. Not inside a transaction.
 *
 * @throws PERMISSION_DENIED where there are none, before it is told whether there is such an account
 * @throws RESOURCE_DOES_NOT_EXIST for an account that has nothing in any of them
 */
export async function findToSee(
  deps: AccessVerbDeps,
  caller: Caller,
  name: string,
): Promise<{ readonly found: FoundPrincipal; readonly workspaces: ReadonlySet<number> | undefined }> {
  const seesAll = caller.may('server.manage') || isOwnName(caller, name)
  const workspaces = seesAll ? reachOf(caller) : await ownedBy(deps, caller)
  const found = await findPrincipal(deps.db.read, name)
  if (found === undefined) throw noPrincipal(name)
  if (workspaces !== undefined && !seesAll) {
    const profiles = await Promise.all([...workspaces].map((key) => deps.profiles.profileOf(found.key, key)))
    if (!profiles.some(({ isMember }) => isMember)) throw noPrincipal(name)
  }
  return { found, workspaces }
}

/** A token of one workspace tells of no other, not even what its own account has there. */
const reachOf = ({ credential }: Caller): ReadonlySet<number> | undefined =>
  credential?.onlyIn === undefined ? undefined : new Set([credential.onlyIn])

/** The workspaces that the caller may manage with this credential. @throws PERMISSION_DENIED where there are none */
async function ownedBy({ db, profiles }: AccessVerbDeps, caller: Caller): Promise<ReadonlySet<number>> {
  const owned = new Set<number>()
  if (caller.may('workspace.manage')) owned.add(caller.workspace.key)
  const { key } = caller.principal
  if (key !== undefined) {
    for (const workspace of await db.scan((reads) => ownedWorkspaces(reads, [key]))) {
      if (await profiles.mayIn(caller, 'workspace.manage', workspace)) owned.add(workspace)
    }
  }
  if (owned.size === 0) must(caller, 'workspace.manage')
  return owned
}
