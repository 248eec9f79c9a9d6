import { accessRoutes } from '@orrery/base/contract'
import { type Caller, invalid, missing, Problem } from '@orrery/base/kernel'
import type { Grant, PrincipalDetails, RoleDetails } from '@orrery/domain/access'
import type { AccessVerbs } from '../../wire-access.ts'
import { type Bindings, bind } from '../kit/index.ts'

type Handlers = Bindings<typeof accessRoutes>

/** Accounts, groups, roles and rights as they are: MLflow's API knows of no groups and no permissions of ours. */
export function bindAccess(access: AccessVerbs) {
  return bind(accessRoutes, {
    ...principalHandlers(access),
    ...groupHandlers(access),
    ...roleHandlers(access),
    ...assignmentHandlers(access),
    ...grantHandlers(access),
  })
}

type OfPrincipals =
  | 'listPrincipals'
  | 'getPrincipal'
  | 'createPrincipal'
  | 'updatePrincipal'
  | 'deletePrincipal'

function principalHandlers({ principals }: AccessVerbs): Pick<Handlers, OfPrincipals> {
  return {
    listPrincipals: async (caller, { kind }) => ({
      principals: (await principals.list(caller, { kind })).map(wirePrincipal),
    }),
    getPrincipal: async (caller, input) => ({
      principal: wirePrincipal(await principals.get(caller, input)),
    }),
    createPrincipal: async (caller, { kind, name, display_name, email, password }) => ({
      principal: wirePrincipal(
        await principals.create(caller, { kind, name, displayName: display_name, email, password }),
      ),
    }),
    updatePrincipal: async (caller, { kind, name, display_name, email, disabled }) => ({
      principal: wirePrincipal(
        await principals.update(caller, { kind, name, displayName: display_name, email, disabled }),
      ),
    }),
    deletePrincipal: async (caller, input) => {
      await principals.delete(caller, input)
      return {}
    },
  }
}

type OfGroups = 'listMembers' | 'addMember' | 'removeMember'

function groupHandlers({ principals }: AccessVerbs): Pick<Handlers, OfGroups> {
  return {
    listMembers: async (caller, input) => ({
      members: (await principals.members(caller, input)).map(wirePrincipal),
    }),
    addMember: async (caller, input) => {
      await principals.addMember(caller, input)
      return {}
    },
    removeMember: async (caller, input) => {
      await principals.removeMember(caller, input)
      return {}
    },
  }
}

type OfRoles = 'listRoles' | 'createRole' | 'updateRole' | 'deleteRole'

function roleHandlers({ roles }: AccessVerbs): Pick<Handlers, OfRoles> {
  return {
    listRoles: async (caller) => ({
      roles: (await roles.list(caller, { workspaces: [caller.workspace.name] })).map(wireRole),
    }),
    createRole: async (caller, input) => ({
      role: wireRole(await roles.create(caller, { workspace: caller.workspace.name, ...input })),
    }),
    updateRole: async (caller, { role, ...changes }) => {
      const roleKey = await findRoleKey(roles, caller, role)
      return { role: wireRole(await roles.update(caller, { roleKey, ...changes })) }
    },
    deleteRole: async (caller, { role }) => {
      await roles.delete(caller, { roleKey: await findRoleKey(roles, caller, role) })
      return {}
    },
  }
}

async function findRoleKey(roles: AccessVerbs['roles'], caller: Caller, name: string): Promise<number> {
  const { workspace } = caller
  const found = await roles.list(caller, { workspaces: [workspace.name] })
  const role = found.find((each) => each.name === name)
  if (role === undefined) {
    throw missing(`The workspace '${workspace.name}' has no role '${name.slice(0, 200)}'.`)
  }
  return role.key
}

type OfAssignments = 'listAssignments' | 'assign' | 'unassign'

function assignmentHandlers({ roles }: AccessVerbs): Pick<Handlers, OfAssignments> {
  return {
    listAssignments: async (caller) => ({
      assignments: (await roles.assignments(caller)).map(({ principal, principalKind, role, source }) => ({
        principal,
        kind: principalKind,
        role,
        source,
      })),
    }),
    assign: async (caller, { role, principal }) => {
      const roleKey = await findRoleKey(roles, caller, role)
      try {
        await roles.assign(caller, { principal, roleKey })
      } catch (error) {
        // A PUT says how it shall be: that it is so already is no failure.
        if (!(error instanceof Problem && error.code === 'RESOURCE_ALREADY_EXISTS')) throw error
      }
      return {}
    },
    unassign: async (caller, { role, principal }) => {
      await roles.unassign(caller, { principal, roleKey: await findRoleKey(roles, caller, role) })
      return {}
    },
  }
}

type OfGrants = 'listGrants' | 'give' | 'take' | 'explain'

function grantHandlers({ grants, explain }: AccessVerbs): Pick<Handlers, OfGrants> {
  return {
    listGrants: async (caller, { principal, kind, pattern }) => {
      if (principal !== undefined && kind === undefined && pattern === undefined) {
        return {
          grants: (await grants.of(caller, { principal })).map((grant) => wireGrant(grant, principal)),
        }
      }
      if (principal === undefined && kind !== undefined && pattern !== undefined) {
        const found = await grants.on(caller, { kind, pattern })
        return { grants: found.map((grant) => wireGrant(grant, grant.principal)) }
      }
      throw invalid("Give either 'principal', or 'kind' and 'pattern'.")
    },
    give: async (caller, { principal, kind, pattern, level, effect = 'allow' }) => {
      const wanted = { principal, kind, pattern, right: { level }, effect, replace: true }
      return { grant: wireGrant(await grants.give(caller, wanted), principal) }
    },
    take: async (caller, input) => {
      await grants.take(caller, input)
      return {}
    },
    explain,
  }
}

function wirePrincipal(principal: PrincipalDetails) {
  return {
    kind: principal.kind,
    name: principal.name,
    display_name: principal.displayName,
    email: principal.email,
    is_admin: principal.isAdmin,
    home_workspace: principal.homeWorkspace ?? undefined,
    has_password: principal.hasPassword,
    identities: principal.identities,
    creation_timestamp: principal.createdAt,
    created_by: principal.createdBy,
    disabled_timestamp: principal.disabledAt ?? undefined,
    last_seen_timestamp: principal.lastSeenAt ?? undefined,
  }
}

function wireGrant({ key, kind, pattern, right, effect, createdAt, createdBy }: Grant, principal?: string) {
  return {
    id: key,
    principal,
    kind,
    pattern,
    ...right,
    effect,
    creation_timestamp: createdAt,
    created_by: createdBy,
  }
}

const wireRole = (role: RoleDetails) => ({
  id: role.key,
  name: role.name,
  description: role.description ?? '',
  built_in: role.builtIn,
  permissions: role.permissions,
  grants: role.grants.map((grant) => wireGrant(grant)),
})
