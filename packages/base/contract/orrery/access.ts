import { LEVELS, PERMISSION_NAMES, type Permission } from '../../kernel/index.ts'
import { orrery } from '../declaration.ts'
import { flag, int64, list, maybe, message, nothing, text, word } from '../fields.ts'

const Kind = word(['user', 'service', 'group'])
const AnyPermission = word(PERMISSION_NAMES as readonly Permission[])
const GrantKind = word(['workspace', 'experiment', 'registered_model', 'prompt', 'run', 'trace'])
const Effect = word(['allow', 'deny'], 'A denial takes the level and those above it, and wins.')

const Principal = message({
  kind: Kind,
  name: text(),
  display_name: text(),
  email: text(),
  is_admin: flag('May do everything in every workspace.'),
  home_workspace: maybe(text('Of a service account.')),
  has_password: flag(),
  identities: list(message({ issuer: text(), email: text() }), 'Of single sign-on.'),
  creation_timestamp: int64('Milliseconds since the epoch.'),
  created_by: text(),
  disabled_timestamp: maybe(int64('Milliseconds since the epoch.')),
  last_seen_timestamp: maybe(int64('To the hour.')),
})

const Grant = message({
  id: int64(),
  principal: maybe(text('Left out in roles.')),
  kind: word(['workspace', 'experiment', 'registered_model', 'prompt', 'run', 'trace', 'permission']),
  pattern: text('An id, a name, or `*`.'),
  level: maybe(word(LEVELS)),
  permission: maybe(AnyPermission),
  effect: Effect,
  creation_timestamp: int64('Milliseconds since the epoch.'),
  created_by: text(),
})

const Role = message({
  id: int64(),
  name: text(),
  description: text(),
  built_in: flag(),
  permissions: list(AnyPermission, 'What it gives in the whole workspace.'),
  grants: list(Grant, 'Of a custom role.'),
})

const Assignment = message({
  principal: text(),
  kind: Kind,
  role: text(),
  source: text('`manual`, or the issuer whose sign-on says so.'),
})

const ByName = { kind: Kind, name: text() }
const OnePrincipal = message({ principal: Principal })
const OneRole = message({ role: Role })

export const accessRoutes = {
  listPrincipals: orrery({
    name: 'principals.list',
    method: 'GET',
    path: 'principals/{kind}',
    needs: 'workspace.read',
    takes: message({ kind: Kind }),
    gives: message({ principals: list(Principal) }),
    summary: 'Lists who has a role in the workspace; to administrators everybody.',
  }),
  getPrincipal: orrery({
    name: 'principals.get',
    method: 'GET',
    path: 'principals/{kind}/{name}',
    needs: 'signed-in',
    takes: message(ByName),
    gives: OnePrincipal,
    summary: 'Shows an account or group.',
  }),
  createPrincipal: orrery({
    name: 'principals.create',
    method: 'POST',
    path: 'principals/{kind}',
    needs: 'workspace.manage',
    takes: message({
      ...ByName,
      display_name: maybe(text()),
      email: maybe(text()),
      password: maybe(text('Of a user; at least 12 characters.')),
    }),
    gives: OnePrincipal,
    answers: 201,
    summary: 'Makes a service account of the workspace, or (for administrators) a user or a group.',
  }),
  updatePrincipal: orrery({
    name: 'principals.update',
    method: 'PATCH',
    path: 'principals/{kind}/{name}',
    needs: 'signed-in',
    takes: message({
      ...ByName,
      display_name: maybe(text()),
      email: maybe(text()),
      disabled: maybe(flag('Ends sessions and tokens at once; rights stay.')),
    }),
    gives: OnePrincipal,
    summary: 'Changes an account or group: one’s own names, or as an administrator all.',
  }),
  deletePrincipal: orrery({
    name: 'principals.delete',
    method: 'DELETE',
    path: 'principals/{kind}/{name}',
    needs: 'signed-in',
    takes: message(ByName),
    gives: nothing,
    summary: 'Deletes an account or group with its rights and credentials; what it made stays.',
  }),
  listMembers: orrery({
    name: 'groups.listMembers',
    method: 'GET',
    path: 'groups/{group}/members',
    needs: 'workspace.read',
    takes: message({ group: text() }),
    gives: message({ members: list(Principal) }),
    summary: 'Lists who is in a group.',
  }),
  addMember: orrery({
    name: 'groups.addMember',
    method: 'PUT',
    path: 'groups/{group}/members/{member}',
    needs: 'server.manage',
    takes: message({ group: text(), member: text() }),
    gives: nothing,
    summary: 'Puts an account into a group.',
  }),
  removeMember: orrery({
    name: 'groups.removeMember',
    method: 'DELETE',
    path: 'groups/{group}/members/{member}',
    needs: 'server.manage',
    takes: message({ group: text(), member: text() }),
    gives: nothing,
    summary: 'Takes an account out of a group.',
  }),
  listRoles: orrery({
    name: 'access.listRoles',
    method: 'GET',
    path: 'roles',
    needs: 'workspace.read',
    takes: nothing,
    gives: message({ roles: list(Role) }),
    summary: 'Lists the roles of the workspace, built-in ones first.',
  }),
  createRole: orrery({
    name: 'access.createRole',
    method: 'POST',
    path: 'roles',
    needs: 'workspace.manage',
    takes: message({ name: text(), description: maybe(text()), permissions: list(AnyPermission) }),
    gives: OneRole,
    answers: 201,
    summary: 'Makes a role of permissions.',
  }),
  updateRole: orrery({
    name: 'access.updateRole',
    method: 'PATCH',
    path: 'roles/{role}',
    needs: 'workspace.manage',
    takes: message({
      role: text('Its name.'),
      name: maybe(text('The new one.')),
      description: maybe(text()),
      permissions: maybe(list(AnyPermission, 'Replaces all of them.')),
    }),
    gives: OneRole,
    summary: 'Changes a custom role, for everybody who has it.',
  }),
  deleteRole: orrery({
    name: 'access.deleteRole',
    method: 'DELETE',
    path: 'roles/{role}',
    needs: 'workspace.manage',
    takes: message({ role: text('Its name.') }),
    gives: nothing,
    summary: 'Deletes a custom role and takes it from everybody.',
  }),
  listAssignments: orrery({
    name: 'access.listAssignments',
    method: 'GET',
    path: 'role-assignments',
    needs: 'workspace.read',
    takes: nothing,
    gives: message({ assignments: list(Assignment) }),
    summary: 'Lists who has which role in the workspace.',
  }),
  assign: orrery({
    name: 'access.assign',
    method: 'PUT',
    path: 'role-assignments/{role}/{principal}',
    needs: 'workspace.manage',
    takes: message({ role: text(), principal: text() }),
    gives: nothing,
    summary: 'Gives an account or group a role; one that it has already is fine.',
  }),
  unassign: orrery({
    name: 'access.unassign',
    method: 'DELETE',
    path: 'role-assignments/{role}/{principal}',
    needs: 'workspace.manage',
    takes: message({ role: text(), principal: text() }),
    gives: nothing,
    summary: 'Takes a role from an account or group; not the last owner’s.',
  }),
  listGrants: orrery({
    name: 'grants.list',
    method: 'GET',
    path: 'grants',
    needs: 'workspace.read',
    takes: message({
      principal: maybe(text('Either this …')),
      kind: maybe(GrantKind),
      pattern: maybe(text('… or these two.')),
    }),
    gives: message({ grants: list(Grant) }),
    summary: 'Lists the rights of one account or group, or on one thing.',
  }),
  give: orrery({
    name: 'grants.give',
    method: 'PUT',
    path: 'grants',
    needs: 'workspace.read',
    takes: message({
      principal: text(),
      kind: GrantKind,
      pattern: text('An id, a name, or `*`.'),
      level: word(LEVELS),
      effect: maybe(Effect),
    }),
    gives: message({ grant: Grant }),
    summary: 'Gives or denies a right on a thing, in place of the one there was.',
  }),
  take: orrery({
    name: 'grants.take',
    method: 'DELETE',
    path: 'grants',
    needs: 'workspace.read',
    takes: message({ principal: text(), kind: GrantKind, pattern: text() }),
    gives: nothing,
    summary: 'Takes a right on a thing away.',
  }),
  explain: orrery({
    name: 'access.explain',
    method: 'GET',
    path: 'access/explain',
    needs: 'signed-in',
    takes: message({
      principal: text(),
      permission: AnyPermission,
      on: maybe(text('Id of an experiment or name of a model; the whole workspace if not given.')),
    }),
    gives: message({
      allowed: flag(),
      level: word([...LEVELS, 'DENY', 'NO_PERMISSIONS']),
      reasons: list(message({ effect: Effect, says: text(), decisive: flag() })),
    }),
    summary: 'Says why an account can or cannot do something.',
  }),
}
