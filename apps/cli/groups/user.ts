import { command, group } from '../command.ts'
import { addMember, members, removeMember, setPassword } from './group-verbs.ts'
import { KIND, NAME, PRINCIPAL_COLUMNS, type PrincipalKind, setDisabled } from './principal-verbs.ts'

const list = command({
  name: 'list',
  summary: 'Lists who has a role in the workspace; to administrators everybody.',
  options: { kind: KIND },
  examples: [
    { line: 'user list', says: 'People.' },
    { line: 'user list --kind service', says: 'Accounts of programs.' },
  ],
  rows: '@',
  columns: PRINCIPAL_COLUMNS,
  async run({ orrery, signal }, { kind = 'user' }) {
    return (await (await orrery()).principals.list({ kind: kind as PrincipalKind }, { signal })).principals
  },
})

const show = command({
  name: 'show',
  summary: 'Shows an account.',
  args: { name: { says: 'Name of the account; your own if not given.', optional: true } },
  options: { kind: KIND },
  examples: [
    { line: 'user show --query name -o tsv', says: 'Who you are here.' },
    { line: 'user show deployer --kind service', says: 'The account of a program.' },
  ],
  async run({ orrery, signal }, { name, kind = 'user' }) {
    const client = await orrery()
    const asked = name ?? (await client.users.current({}, { signal })).user.username
    return (await client.principals.get({ kind: kind as PrincipalKind, name: asked }, { signal })).principal
  },
})

const create = command({
  name: 'create',
  summary: 'Makes a user or group (administrators) or a service account of the workspace (owners).',
  args: NAME,
  options: {
    kind: KIND,
    'display-name': { value: 'text', says: 'As it is shown to people.' },
    email: { value: 'text', says: 'Where it is reached.' },
    'password-stdin': { says: 'Reads the password, of at least 12 characters, from stdin.' },
    'without-password': { says: 'Makes a user without a password, for single sign-on.' },
  },
  examples: [
    { line: 'user create bob --email bob@example.org', says: 'Asks for a password.' },
    {
      line: 'user create deployer --kind service',
      says: 'For a pipeline; `orrery token create --service` is next.',
    },
  ],
  takesFile: true,
  async run(context, given) {
    const { orrery, message, signal } = context
    const kind = (given.kind ?? 'user') as PrincipalKind
    const told = { ...(await message('principals.create')), kind, name: given.name }
    const asksPassword = kind === 'user' && told.password === undefined && !given['without-password']
    const password = given['password-stdin']
      ? await context.readSecret()
      : asksPassword
        ? await context.askSecret(`Password for '${given.name}':`, '--password-stdin or --without-password')
        : told.password
    const asked = {
      ...told,
      ...(given['display-name'] === undefined ? {} : { display_name: given['display-name'] }),
      ...(given.email === undefined ? {} : { email: given.email }),
      ...(password === undefined ? {} : { password }),
    }
    return (await (await orrery()).principals.create(asked, { signal })).principal
  },
})

const update = command({
  name: 'update',
  summary: 'Changes the shown name or the e-mail of an account.',
  args: NAME,
  options: {
    kind: KIND,
    'display-name': { value: 'text', says: 'As it is shown to people.' },
    email: { value: 'text', says: 'Where it is reached.' },
  },
  examples: [{ line: 'user update bob --display-name "Bob B."', says: 'Your own too.' }],
  takesFile: true,
  async run({ orrery, message, signal }, given) {
    const asked = {
      ...(await message('principals.update')),
      kind: (given.kind ?? 'user') as PrincipalKind,
      name: given.name,
      ...(given['display-name'] === undefined ? {} : { display_name: given['display-name'] }),
      ...(given.email === undefined ? {} : { email: given.email }),
    }
    return (await (await orrery()).principals.update(asked, { signal })).principal
  },
})

const remove = command({
  name: 'delete',
  summary: 'Deletes an account with its rights and credentials; what it made stays.',
  args: NAME,
  options: { kind: KIND },
  examples: [{ line: 'user delete bob --yes', says: 'Without a question.' }],
  destroys: true,
  async run({ orrery, confirm, say, signal }, { name, kind = 'user' }) {
    await confirm(`Delete the ${kind} '${name}' with all rights and credentials?`)
    await (await orrery()).principals.delete({ kind: kind as PrincipalKind, name }, { signal })
    say(`Deleted '${name}'.`)
  },
})

export const user = group('user', [
  list,
  show,
  create,
  update,
  setDisabled('disable', true, 'Ends sessions and tokens of an account at once and lets it make no others.'),
  setDisabled('enable', false, 'Lets a disabled account in again.'),
  remove,
  setPassword,
  members,
  addMember,
  removeMember,
])
