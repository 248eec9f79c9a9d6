import { userRoutes } from '@orrery/base/contract'
import type { Caller } from '@orrery/base/kernel'
import { grantWord, parseGrantKind, parseGrantWord } from '@orrery/domain/access'
import type { AccessVerbs } from '../../wire-access.ts'
import { type Bindings, bind } from '../kit/index.ts'
import { wireRights, wireRole, wireUser } from './wire-right.ts'

type Users = Bindings<typeof userRoutes>

/** The accounts of MLflow's basic-auth API. They are the accounts of this server: one table, two ways to say it. */
export function bindUsers(access: AccessVerbs) {
  return bind(userRoutes, { ...accountHandlers(access), ...listHandlers(access), ...rightHandlers(access) })
}

type OfAccounts = 'create' | 'get' | 'current' | 'updatePassword' | 'updateAdmin' | 'delete'

function accountHandlers({ principals, passwords }: AccessVerbs): Pick<Users, OfAccounts> {
  const kind = 'user'
  return {
    create: async (caller, { username, password }) => ({
      user: wireUser(await principals.create(caller, { kind, name: username, password })),
    }),
    get: async (caller, { username }) => ({
      user: wireUser(await principals.get(caller, { kind, name: username })),
    }),
    current: async (caller) => {
      const own = await findOwn(principals, caller)
      const { hasPassword, ...user } = own
      return { user, is_basic_auth: hasPassword }
    },
    updatePassword: async (caller, { username, password, current_password }) => {
      await passwords.set(caller, { name: username, password, current: current_password })
      return {}
    },
    updateAdmin: async (caller, { username, is_admin }) => {
      await principals.setAdmin(caller, { name: username, isAdmin: is_admin })
      return {}
    },
    delete: async (caller, { username }) => {
      await principals.delete(caller, { kind, name: username })
      return {}
    },
  }
}

type OfLists = 'list' | 'listRoles' | 'permissions' | 'currentPermissions'

function listHandlers(access: AccessVerbs): Pick<Users, OfLists> {
  const { principals, roles } = access
  return {
    list: async (caller) => {
      const { name } = caller.workspace
      const users = await principals.list(caller, { kind: 'user' })
      const known = new Map(
        (await roles.list(caller, { workspaces: [name] })).map((role) => [role.key, role]),
      )
      const held = await rolesHeld(access, caller)
      return {
        users: users.map((user) => ({
          ...wireUser(user),
          roles: [...(held.get(user.key) ?? [])].flatMap((roleKey) => {
            const role = known.get(roleKey)
            return role === undefined ? [] : [wireRole(role)]
          }),
        })),
      }
    },
    listRoles: async (caller, { username }) => ({
      roles: (await roles.of(caller, { principal: username })).map(wireRole),
    }),
    permissions: async (caller, { username }) => {
      const user = wireUser(await principals.get(caller, { kind: 'user', name: username }))
      return { is_admin: user.is_admin, permissions: await rightsOf(access, caller, user) }
    },
    currentPermissions: async (caller) => {
      const own = await findOwn(principals, caller)
      const hasAccount = caller.principal.key !== undefined
      return { is_admin: own.is_admin, permissions: hasAccount ? await rightsOf(access, caller, own) : [] }
    },
  }
}

/** The keys of the roles that accounts have in the workspace, by groups too: MLflow knows no groups, and shows what counts. */
async function rolesHeld(
  { principals, roles }: AccessVerbs,
  caller: Caller,
): Promise<ReadonlyMap<number, ReadonlySet<number>>> {
  const held = new Map<number, Set<number>>()
  const give = (principal: number, role: number) => {
    const own = held.get(principal)
    if (own === undefined) held.set(principal, new Set([role]))
    else own.add(role)
  }
  const assignments = await roles.assignments(caller)
  for (const { principalKey, roleKey } of assignments) give(principalKey, roleKey)
  const ofGroups = assignments.filter(({ principalKind }) => principalKind === 'group')
  for (const [group, rows] of Map.groupBy(ofGroups, ({ principal }) => principal)) {
    for (const { key } of await principals.members(caller, { group })) {
      for (const { roleKey } of rows) give(key, roleKey)
    }
  }
  return held
}

type OfRights = 'grant' | 'revoke' | 'getPermission'

function rightHandlers({ grants }: AccessVerbs): Pick<Users, OfRights> {
  return {
    grant: async (caller, { username, resource_type, resource_id, permission }) => {
      const kind = parseGrantKind(resource_type)
      const { right, effect } = parseGrantWord(permission, kind)
      await grants.give(caller, { principal: username, kind, pattern: resource_id, right, effect })
      return {}
    },
    revoke: async (caller, { username, resource_type, resource_id }) => {
      const kind = parseGrantKind(resource_type)
      await grants.take(caller, { principal: username, kind, pattern: resource_id })
      return {}
    },
    getPermission: async (caller, { username, resource_type, resource_id }) => {
      const kind = parseGrantKind(resource_type)
      const permission = await grants.level(caller, { principal: username, kind, pattern: resource_id })
      return { allowed: ALLOWING.has(permission), permission }
    },
  }
}

const ALLOWING: ReadonlySet<string> = new Set(['USE', 'EDIT', 'MANAGE'])

/** Whoever asks, also where there are no accounts: then it is the owner of the machine, who may do everything. */
async function findOwn(principals: AccessVerbs['principals'], caller: Caller) {
  const { kind, name, key } = caller.principal
  if (key === undefined) return { id: 0, username: name, is_admin: true, hasPassword: false }
  const own = await principals.get(caller, { kind: kind === 'service' ? 'service' : 'user', name })
  return { ...wireUser(own), hasPassword: own.hasPassword }
}

/** What comes of roles first, then what was given to the account alone. */
async function rightsOf(
  { roles, grants }: AccessVerbs,
  caller: Caller,
  { id, username: principal }: { readonly id: number; readonly username: string },
) {
  const held = await roles.of(caller, { principal })
  const single = await grants.everywhere(caller, { principal })
  const ofRoles = held.flatMap((role) =>
    wireRights(role).map(({ role_id, resource_type, resource_pattern, permission }) => ({
      role_id,
      role_name: role.name,
      workspace: role.workspace,
      resource_type,
      resource_pattern,
      permission,
    })),
  )
  const ofAccount = single.map((grant) => ({
    role_id: 0,
    role_name: `__user_${id}__`,
    workspace: grant.workspace,
    resource_type: grant.kind,
    resource_pattern: grant.pattern,
    permission: grantWord(grant),
  }))
  return [...ofRoles, ...ofAccount]
}
