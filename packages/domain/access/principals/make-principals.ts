import type { Principals } from '../access.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { makeCreatePrincipal } from './create-principal.ts'
import { makeDeletePrincipal } from './delete-principal.ts'
import { makeAddMember, makeListMembers, makeRemoveMember } from './group-members.ts'
import { makeGetPrincipal, makeListPrincipals } from './list-principals.ts'
import { makeSetAdmin } from './set-admin.ts'
import { makeUpdatePrincipal } from './update-principal.ts'

/** The verbs of accounts and groups. */
export function makePrincipals(deps: AccessVerbDeps): Principals {
  return {
    list: makeListPrincipals(deps),
    get: makeGetPrincipal(deps),
    create: makeCreatePrincipal(deps),
    update: makeUpdatePrincipal(deps),
    setAdmin: makeSetAdmin(deps),
    delete: makeDeletePrincipal(deps),
    members: makeListMembers(deps),
    addMember: makeAddMember(deps),
    removeMember: makeRemoveMember(deps),
  }
}
