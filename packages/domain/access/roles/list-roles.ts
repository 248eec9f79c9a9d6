import { must } from '@orrery/base/kernel'
import type { Roles } from '../access.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { findNamed } from '../workspaces/find-named.ts'
import { findRole } from './about-role.ts'
import { allRoles, roleDetails, rolesInWorkspaces } from './role-rows.ts'

/** Lists roles of workspaces; see `Roles.list`. */
export function makeListRoles({ db, profiles, things }: AccessVerbDeps): Roles['list'] {
  return async function listRoles(caller, { workspaces }) {
    if (workspaces === undefined || workspaces.length === 0) {
      must(caller, 'server.manage')
      return db.scan(async (reads) => roleDetails(reads, things, await reads.all(allRoles, {})))
    }
    const keys: number[] = []
    for (const name of new Set(workspaces)) {
      keys.push((await findNamed(profiles, db.read, caller, name)).row.key)
    }
    return db.scan(async (reads) =>
      roleDetails(reads, things, await reads.all(rolesInWorkspaces, { workspaces: keys })),
    )
  }
}

/** Shows a role; see `Roles.get`. */
export function makeGetRole(deps: AccessVerbDeps): Roles['get'] {
  return async function getRole(caller, { roleKey }) {
    const { role } = await findRole(deps, caller, roleKey)
    const [details] = await deps.db.scan((reads) => roleDetails(reads, deps.things, [role]))

    return details!
  }
}
