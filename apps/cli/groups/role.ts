import type { Permission } from '@orrery/base/kernel'
import { command, group } from '../command.ts'
import { CliError } from '../exit-codes.ts'
import { explain, grant, grants, ungrant } from './grant-verbs.ts'

const ROLE = { role: { says: 'Name of the role.' } } as const
const OF_WHOM = { ...ROLE, account: { says: 'A user, service account or group.' } } as const
const FIELDS = {
  description: { value: 'text', says: 'What it is for.' },
  permission: {
    value: 'list',
    short: 'p',
    says: 'What it may do, as in docs/permissions.md; may be repeated.',
  },
} as const

const list = command({
  name: 'list',
  summary: 'Lists the roles of the workspace, built-in ones first.',
  examples: [{ line: 'role list', says: 'What there is to assign.' }],
  rows: '@',
  columns: [
    { title: 'Name', path: 'name' },
    { title: 'Built in', path: 'built_in' },
    { title: 'Description', path: 'description' },
  ],
  async run({ orrery, signal }) {
    return (await (await orrery()).access.listRoles({}, { signal })).roles
  },
})

const show = command({
  name: 'show',
  summary: 'Shows a role with its permissions.',
  args: ROLE,
  examples: [{ line: 'role show contributor --query permissions -o yaml', says: 'What it may do.' }],
  async run({ orrery, signal }, { role }) {
    const { roles } = await (await orrery()).access.listRoles({}, { signal })
    return find(roles, role)
  },
})

const create = command({
  name: 'create',
  summary: 'Makes a role of permissions.',
  args: ROLE,
  options: FIELDS,
  examples: [
    {
      line: 'role create auditor -p audit.read -p workspace.read',
      says: 'Reads the audit log and nothing else.',
    },
    { line: 'role create auditor -f role.yml', says: 'With the fields of a file.' },
  ],
  takesFile: true,
  async run({ orrery, message, signal }, { role, description, permission }) {
    const told = await message('access.createRole')
    const asked = {
      ...told,
      name: role,
      ...(description === undefined ? {} : { description }),
      permissions: permission.length === 0 ? (told.permissions ?? []) : (permission as Permission[]),
    }
    return (await (await orrery()).access.createRole(asked, { signal })).role
  },
})

const update = command({
  name: 'update',
  summary: 'Changes a custom role, for everybody who has it.',
  args: ROLE,
  options: { ...FIELDS, name: { value: 'text', says: 'The new name.' } },
  examples: [{ line: 'role update auditor -p audit.read', says: 'Replaces its permissions.' }],
  takesFile: true,
  async run({ orrery, message, signal }, { role, name, description, permission }) {
    const asked = {
      ...(await message('access.updateRole')),
      role,
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(permission.length === 0 ? {} : { permissions: permission as Permission[] }),
    }
    return (await (await orrery()).access.updateRole(asked, { signal })).role
  },
})

const remove = command({
  name: 'delete',
  summary: 'Deletes a custom role and takes it from everybody.',
  args: ROLE,
  examples: [{ line: 'role delete auditor', says: 'Asks first.' }],
  destroys: true,
  async run({ orrery, confirm, say, signal }, { role }) {
    await confirm(`Delete the role '${role}' and take it from everybody?`)
    await (await orrery()).access.deleteRole({ role }, { signal })
    say(`Deleted '${role}'.`)
  },
})

const assignments = command({
  name: 'assignments',
  summary: 'Lists who has which role in the workspace.',
  examples: [{ line: 'role assignments -w vision', says: 'Of another workspace.' }],
  rows: '@',
  columns: [
    { title: 'Account', path: 'principal' },
    { title: 'Kind', path: 'kind' },
    { title: 'Role', path: 'role' },
    { title: 'By', path: 'source' },
  ],
  async run({ orrery, signal }) {
    return (await (await orrery()).access.listAssignments({}, { signal })).assignments
  },
})

const assign = command({
  name: 'assign',
  summary: 'Gives an account or group a role; one that it has already is fine.',
  args: OF_WHOM,
  examples: [{ line: 'role assign contributor bob -w vision', says: 'Lets bob work there.' }],
  async run({ orrery, say, signal }, { role, account }) {
    await (await orrery()).access.assign({ role, principal: account }, { signal })
    say(`'${account}' has the role '${role}'.`)
  },
})

const unassign = command({
  name: 'unassign',
  summary: 'Takes a role from an account or group; not the last owner’s.',
  args: OF_WHOM,
  examples: [{ line: 'role unassign contributor bob', says: 'What bob made stays.' }],
  async run({ orrery, say, signal }, { role, account }) {
    await (await orrery()).access.unassign({ role, principal: account }, { signal })
    say(`'${account}' does not have the role '${role}' any more.`)
  },
})

function find<Role extends { readonly name: string }>(roles: readonly Role[], name: string): Role {
  const found = roles.find((role) => role.name === name)
  if (found !== undefined) return found
  throw new CliError(
    'NOT_FOUND',
    `There is no role '${name}'.`,
    `There are ${roles.map((role) => role.name).join(', ')}.`,
  )
}

export const role = group('role', [
  list,
  show,
  create,
  update,
  remove,
  assignments,
  assign,
  unassign,
  grants,
  grant,
  ungrant,
  explain,
])
