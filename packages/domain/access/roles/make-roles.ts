import type { Roles } from '../access.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import {
  makeAssignRole,
  makeListAssignments,
  makeListHolders,
  makeRolesOf,
  makeUnassignRole,
} from './assignments.ts'
import { makeCreateRole } from './create-role.ts'
import { makeDeleteRole } from './delete-role.ts'
import { makeGetRole, makeListRoles } from './list-roles.ts'
import { makeAddGrant, makeChangeGrant, makeRemoveGrant } from './role-grants.ts'
import { makeUpdateRole } from './update-role.ts'

/** The verbs of roles and who has them. */
export function makeRoles(deps: AccessVerbDeps): Roles {
  return {
    list: makeListRoles(deps),
    get: makeGetRole(deps),
    create: makeCreateRole(deps),
    update: makeUpdateRole(deps),
    delete: makeDeleteRole(deps),
    assignments: makeListAssignments(deps),
    holders: makeListHolders(deps),
    of: makeRolesOf(deps),
    assign: makeAssignRole(deps),
    unassign: makeUnassignRole(deps),
    addGrant: makeAddGrant(deps),
    changeGrant: makeChangeGrant(deps),
    removeGrant: makeRemoveGrant(deps),
  }
}
