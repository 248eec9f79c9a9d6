import { roleRoutes } from '@orrery/base/contract'
import { parseGrantKind, parseGrantWord, type RoleAssignment, type Roles } from '@orrery/domain/access'
import { type Bindings, bind } from '../kit/index.ts'
import { wireGrant, wireRights, wireRole } from './wire-right.ts'

type Handlers = Bindings<typeof roleRoutes>

/** The roles of MLflow's basic-auth API. */
export function bindRoles(roles: Roles) {
  return bind(roleRoutes, { ...roleHandlers(roles), ...rightHandlers(roles), ...holderHandlers(roles) })
}

type OfRoles = 'create' | 'get' | 'list' | 'update' | 'delete'

function roleHandlers(roles: Roles): Pick<Handlers, OfRoles> {
  return {
    create: async (caller, { workspace, name, description }) => ({
      role: wireRole(await roles.create(caller, { workspace, name, description })),
    }),
    get: async (caller, { role_id }) => ({ role: wireRole(await roles.get(caller, { roleKey: role_id })) }),
    list: async (caller, { workspace }) => ({
      roles: (await roles.list(caller, { workspaces: workspace })).map(wireRole),
    }),
    update: async (caller, { role_id, name, description }) => ({
      role: wireRole(await roles.update(caller, { roleKey: role_id, name, description })),
    }),
    delete: async (caller, { role_id }) => {
      await roles.delete(caller, { roleKey: role_id })
      return {}
    },
  }
}

type OfRights = 'addPermission' | 'removePermission' | 'listPermissions' | 'updatePermission'

function rightHandlers(roles: Roles): Pick<Handlers, OfRights> {
  return {
    addPermission: async (caller, { role_id, resource_type, resource_pattern, permission }) => {
      const kind = parseGrantKind(resource_type)
      const { right, effect } = parseGrantWord(permission, kind)
      const grant = await roles.addGrant(caller, {
        roleKey: role_id,
        kind,
        pattern: resource_pattern,
        right,
        effect,
      })
      return { role_permission: wireGrant(grant, role_id) }
    },
    removePermission: async (caller, { role_permission_id }) => {
      await roles.removeGrant(caller, { grantKey: role_permission_id })
      return {}
    },
    listPermissions: async (caller, { role_id }) => ({
      role_permissions: wireRights(await roles.get(caller, { roleKey: role_id })),
    }),
    updatePermission: async (caller, { role_permission_id, permission }) => {
      // Which words a workspace does not take, the verb says: it knows what the row is about.
      const { right, effect } = parseGrantWord(permission, 'experiment')
      const { roleKey, ...grant } = await roles.changeGrant(caller, {
        grantKey: role_permission_id,
        right,
        effect,
      })
      return { role_permission: wireGrant(grant, roleKey) }
    },
  }
}

type OfHolders = 'assign' | 'unassign' | 'listUsers'

function holderHandlers(roles: Roles): Pick<Handlers, OfHolders> {
  return {
    assign: async (caller, { username, role_id }) => {
      const made = await roles.assign(caller, { principal: username, roleKey: role_id })
      return { assignment: wireAssignment(made) }
    },
    unassign: async (caller, { username, role_id }) => {
      await roles.unassign(caller, { principal: username, roleKey: role_id })
      return {}
    },
    listUsers: async (caller, { role_id }) => {
      const holders = await roles.holders(caller, { roleKey: role_id })
      // MLflow knows no groups: their ids would be of users that do not exist.
      return {
        assignments: holders.filter(({ principalKind }) => principalKind !== 'group').map(wireAssignment),
      }
    },
  }
}

function wireAssignment({ key, principalKey, roleKey }: RoleAssignment) {
  return { id: key, user_id: principalKey, role_id: roleKey }
}
