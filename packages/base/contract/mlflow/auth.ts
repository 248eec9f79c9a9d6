import { mlflow } from '../declaration.ts'
import { evenEmpty, flag, int64, list, maybe, message, nothing, text } from '../fields.ts'

/*
 * MLflow's basic-auth API as `mlflow.server.get_app_client("basic-auth", …)` of 3.17.2 calls it, and the four routes
 * besides that its pages call. Ids are the internal keys of accounts, roles, rights and assignments. The older routes
 * `experiments/permissions/…` and `registered-models/permissions/…` are gone from 3.17.2.
 */

const RolePermission = message({
  id: int64('Negative for a right of a built-in role, which cannot be changed.'),
  role_id: int64(),
  resource_type: text(),
  resource_pattern: text('An id, a name, or `*`.'),
  permission: text('READ, USE, EDIT, MANAGE or DENY.'),
})

const Role = message({
  id: int64(),
  name: text(),
  workspace: text(),
  description: maybe(text()),
  permissions: evenEmpty(list(RolePermission)),
})

const Assignment = message({ id: int64(), user_id: int64(), role_id: int64() })

const User = { id: int64(), username: text(), is_admin: flag() }
const OneUser = message({ user: message(User) })
const OneRole = message({ role: Role })
const OneRight = message({ role_permission: RolePermission })

const UserRight = message({
  role_id: int64(),
  role_name: text('`__user_<id>__` for what was granted to the user alone.'),
  workspace: text(),
  resource_type: text(),
  resource_pattern: text(),
  permission: text(),
})
const UserRights = message({ is_admin: flag(), permissions: evenEmpty(list(UserRight)) })

const Username = { username: text() }
const RoleId = { role_id: int64() }
const Resource = { resource_type: text(), resource_id: text('An id, a name, or `*`.') }

export const userRoutes = {
  create: mlflow({
    name: 'users.create',
    method: 'POST',
    path: 'users/create',
    needs: 'signed-in',
    takes: message({ ...Username, password: text('At least 12 characters.') }),
    gives: OneUser,
    summary: 'Makes a user without any right. For administrators.',
  }),
  get: mlflow({
    name: 'users.get',
    method: 'GET',
    path: 'users/get',
    needs: 'signed-in',
    takes: message(Username),
    gives: OneUser,
    summary: 'Shows oneself; to administrators everybody.',
  }),
  list: mlflow({
    name: 'users.list',
    method: 'GET',
    path: 'users/list',
    needs: 'workspace.read',
    takes: nothing,
    gives: message({ users: evenEmpty(list(message({ ...User, roles: evenEmpty(list(Role)) }))) }),
    summary: 'Lists the members of the workspace; to administrators all users.',
  }),
  current: mlflow({
    name: 'users.current',
    method: 'GET',
    path: 'users/current',
    needs: 'signed-in',
    takes: nothing,
    gives: message({ user: message(User), is_basic_auth: flag('Whether they have a password here.') }),
    summary: 'Says who the caller is.',
  }),
  updatePassword: mlflow({
    name: 'users.updatePassword',
    method: 'PATCH',
    path: 'users/update-password',
    needs: 'signed-in',
    takes: message({
      ...Username,
      password: text('At least 12 characters.'),
      current_password: maybe(text('Needed for one’s own.')),
    }),
    gives: nothing,
    summary: 'Changes one’s own password; an administrator anybody’s.',
  }),
  updateAdmin: mlflow({
    name: 'users.updateAdmin',
    method: 'PATCH',
    path: 'users/update-admin',
    needs: 'signed-in',
    takes: message({ ...Username, is_admin: flag() }),
    gives: nothing,
    summary: 'Makes or unmakes an administrator. For administrators.',
  }),
  delete: mlflow({
    name: 'users.delete',
    method: 'DELETE',
    path: 'users/delete',
    needs: 'signed-in',
    takes: message(Username),
    gives: nothing,
    summary: 'Deletes a user with all rights and credentials. For administrators.',
  }),
  currentPermissions: mlflow({
    name: 'users.currentPermissions',
    method: 'GET',
    path: 'users/current/permissions',
    major: 3,
    needs: 'signed-in',
    takes: nothing,
    gives: UserRights,
    summary: 'Lists every right of the caller.',
  }),
  permissions: mlflow({
    name: 'users.permissions',
    method: 'GET',
    path: 'users/permissions/list',
    major: 3,
    needs: 'signed-in',
    takes: message(Username),
    gives: UserRights,
    summary: 'Lists every right of a user, in the workspaces that the caller owns.',
  }),
  grant: mlflow({
    name: 'users.grant',
    method: 'POST',
    path: 'users/permissions/grant',
    major: 3,
    needs: 'workspace.read',
    takes: message({ ...Username, ...Resource, permission: text('READ, USE, EDIT, MANAGE or DENY.') }),
    gives: nothing,
    summary: 'Gives a user a right on one thing. For whoever has MANAGE of it, and owners.',
  }),
  revoke: mlflow({
    name: 'users.revoke',
    method: 'POST',
    path: 'users/permissions/revoke',
    major: 3,
    needs: 'workspace.read',
    takes: message({ ...Username, ...Resource }),
    gives: nothing,
    summary: 'Takes a right on one thing from a user.',
  }),
  getPermission: mlflow({
    name: 'users.getPermission',
    method: 'GET',
    path: 'users/permissions/get',
    major: 3,
    needs: 'workspace.read',
    takes: message({ ...Username, ...Resource }),
    gives: message({ allowed: flag('Whether it is USE or more.'), permission: text() }),
    summary: 'Says what a user may do with a thing in the end.',
  }),
  listRoles: mlflow({
    name: 'users.listRoles',
    method: 'GET',
    path: 'users/roles/list',
    major: 3,
    needs: 'signed-in',
    takes: message(Username),
    gives: message({ roles: evenEmpty(list(Role)) }),
    summary: 'Lists the roles of a user, in the workspaces that the caller owns.',
  }),
}

/** The workspace of the role decides who may call them, not the one of the request. */
export const roleRoutes = {
  create: mlflow({
    name: 'roles.create',
    method: 'POST',
    path: 'roles/create',
    major: 3,
    needs: 'signed-in',
    takes: message({ workspace: text(), name: text(), description: maybe(text()) }),
    gives: OneRole,
    summary: 'Makes a custom role without rights. For owners.',
  }),
  get: mlflow({
    name: 'roles.get',
    method: 'GET',
    path: 'roles/get',
    major: 3,
    needs: 'signed-in',
    takes: message(RoleId),
    gives: OneRole,
    summary: 'Shows a role.',
  }),
  list: mlflow({
    name: 'roles.list',
    method: 'GET',
    path: 'roles/list',
    major: 3,
    needs: 'signed-in',
    takes: message({
      workspace: maybe(list(text(), 'May be repeated; all if not given, for administrators.')),
    }),
    gives: message({ roles: evenEmpty(list(Role)) }),
    summary: 'Lists the roles of workspaces.',
  }),
  update: mlflow({
    name: 'roles.update',
    method: 'PATCH',
    path: 'roles/update',
    major: 3,
    needs: 'signed-in',
    takes: message({ ...RoleId, name: maybe(text()), description: maybe(text()) }),
    gives: OneRole,
    summary: 'Renames or describes a custom role.',
  }),
  delete: mlflow({
    name: 'roles.delete',
    method: 'DELETE',
    path: 'roles/delete',
    major: 3,
    needs: 'signed-in',
    takes: message(RoleId),
    gives: nothing,
    summary: 'Deletes a custom role and takes it from everybody.',
  }),
  addPermission: mlflow({
    name: 'roles.addPermission',
    method: 'POST',
    path: 'roles/permissions/add',
    major: 3,
    needs: 'signed-in',
    takes: message({
      ...RoleId,
      resource_type: text(),
      resource_pattern: text('An id, a name, or `*`.'),
      permission: text('READ, USE, EDIT, MANAGE or DENY.'),
    }),
    gives: OneRight,
    summary: 'Adds a right to a custom role.',
  }),
  removePermission: mlflow({
    name: 'roles.removePermission',
    method: 'DELETE',
    path: 'roles/permissions/remove',
    major: 3,
    needs: 'signed-in',
    takes: message({ role_permission_id: int64() }),
    gives: nothing,
    summary: 'Takes a right from a custom role.',
  }),
  listPermissions: mlflow({
    name: 'roles.listPermissions',
    method: 'GET',
    path: 'roles/permissions/list',
    major: 3,
    needs: 'signed-in',
    takes: message(RoleId),
    gives: message({ role_permissions: evenEmpty(list(RolePermission)) }),
    summary: 'Lists the rights of a role.',
  }),
  updatePermission: mlflow({
    name: 'roles.updatePermission',
    method: 'PATCH',
    path: 'roles/permissions/update',
    major: 3,
    needs: 'signed-in',
    takes: message({ role_permission_id: int64(), permission: text('READ, USE, EDIT, MANAGE or DENY.') }),
    gives: OneRight,
    summary: 'Changes a right of a custom role.',
  }),
  assign: mlflow({
    name: 'roles.assign',
    method: 'POST',
    path: 'roles/assign',
    major: 3,
    needs: 'signed-in',
    takes: message({ ...Username, ...RoleId }),
    gives: message({ assignment: Assignment }),
    summary: 'Gives a user a role.',
  }),
  unassign: mlflow({
    name: 'roles.unassign',
    method: 'DELETE',
    path: 'roles/unassign',
    major: 3,
    needs: 'signed-in',
    takes: message({ ...Username, ...RoleId }),
    gives: nothing,
    summary: 'Takes a role from a user.',
  }),
  listUsers: mlflow({
    name: 'roles.listUsers',
    method: 'GET',
    path: 'roles/users/list',
    major: 3,
    needs: 'signed-in',
    takes: message(RoleId),
    gives: message({ assignments: evenEmpty(list(Assignment)) }),
    summary: 'Lists who has a role.',
  }),
}
