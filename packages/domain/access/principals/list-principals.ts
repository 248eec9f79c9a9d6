import { must } from '@orrery/base/kernel'
import type { Principals } from '../access.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { findAbout } from './about-principal.ts'
import { allPrincipals, principalsByKey, principalsIn } from './principal-rows.ts'

/** Lists accounts or groups; see `Principals.list`. */
export function makeListPrincipals({ db }: Pick<AccessVerbDeps, 'db'>): Principals['list'] {
  return async function listPrincipals(caller, { kind }) {
    const isAdmin = caller.may('server.manage')
    if (!isAdmin) must(caller, 'workspace.read')
    return db.scan((reads) =>
      isAdmin ? allPrincipals(reads, kind) : principalsIn(reads, caller.workspace.key, kind),
    )
  }
}

/** Shows an account or group; see `Principals.get`. */
export function makeGetPrincipal(deps: Pick<AccessVerbDeps, 'db' | 'profiles'>): Principals['get'] {
  return async function getPrincipal(caller, { kind, name }) {
    const found = await findAbout(deps, caller, name, kind)
    const [details] = await principalsByKey(deps.db.read, [found.key])
    return details!
  }
}
