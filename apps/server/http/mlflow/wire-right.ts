import {
  builtInLevels,
  type Grant,
  grantWord,
  type PrincipalDetails,
  type RoleDetails,
} from '@orrery/domain/access'

export const wireUser = ({ key, name, isAdmin }: PrincipalDetails) => ({
  id: key,
  username: name,
  is_admin: isAdmin,
})

export const wireGrant = (grant: Grant, roleKey: number) => ({
  id: grant.key,
  role_id: roleKey,
  resource_type: grant.kind,
  resource_pattern: grant.pattern,
  permission: grantWord(grant),
})

/** The rights of a role as MLflow has rows for them; of a built-in role as far as such rows can say them. */
export function wireRights(role: RoleDetails) {
  if (!role.builtIn) return role.grants.map((grant) => wireGrant(grant, role.key))
  return builtInLevels(role).map(({ key, kind, level }) => ({
    id: key,
    role_id: role.key,
    resource_type: kind,
    resource_pattern: '*',
    permission: level,
  }))
}

export const wireRole = (role: RoleDetails) => ({
  id: role.key,
  name: role.name,
  workspace: role.workspace,
  description: role.description ?? undefined,
  permissions: wireRights(role),
})
