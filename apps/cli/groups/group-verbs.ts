import { command } from '../command.ts'

const GROUP = { group: { says: 'Name of the group.' } } as const
const BOTH = { ...GROUP, account: { says: 'A user or service account.' } } as const

export const members = command({
  name: 'members',
  summary: 'Lists who is in a group.',
  args: GROUP,
  examples: [{ line: 'user members risk --query "[].name" -o tsv', says: 'Their names.' }],
  rows: '@',
  columns: [
    { title: 'Name', path: 'name' },
    { title: 'Kind', path: 'kind' },
    { title: 'Shown as', path: 'display_name' },
  ],
  async run({ orrery, signal }, { group }) {
    return (await (await orrery()).groups.listMembers({ group }, { signal })).members
  },
})

export const addMember = command({
  name: 'add-member',
  summary: 'Puts an account into a group. For administrators.',
  args: BOTH,
  examples: [{ line: 'user add-member risk ada', says: 'What the group may, ada may.' }],
  async run({ orrery, say, signal }, { group, account }) {
    await (await orrery()).groups.addMember({ group, member: account }, { signal })
    say(`'${account}' is in '${group}'.`)
  },
})

export const removeMember = command({
  name: 'remove-member',
  summary: 'Takes an account out of a group. For administrators.',
  args: BOTH,
  examples: [{ line: 'user remove-member risk ada', says: 'At once.' }],
  async run({ orrery, say, signal }, { group, account }) {
    await (await orrery()).groups.removeMember({ group, member: account }, { signal })
    say(`'${account}' is not in '${group}' any more.`)
  },
})

export const setPassword = command({
  name: 'set-password',
  summary: 'Changes your own password; as an administrator anybody’s.',
  args: { name: { says: 'Name of the account; your own if not given.', optional: true } },
  options: {
    'password-stdin': {
      says: 'Reads from stdin: the new password, and for your own the present one on a second line.',
    },
  },
  examples: [{ line: 'user set-password', says: 'Asks for the present one and the new one.' }],
  async run(context, given) {
    const { orrery, say, signal } = context
    const client = await orrery()
    const own = (await client.users.current({}, { signal })).user.username
    const name = given.name ?? own
    const isOwn = name === own
    const [password = '', current] = given['password-stdin']
      ? await context.readSecrets()
      : await asked(context, name, isOwn)
    const more = isOwn && current !== undefined ? { current_password: current } : {}
    await client.users.updatePassword({ username: name, password, ...more }, { signal })
    say(`The password of '${name}' was changed; its tokens stay.`)
  },
})

async function asked(
  { askSecret }: { askSecret(question: string, flag: string): Promise<string> },
  name: string,
  isOwn: boolean,
): Promise<readonly string[]> {
  const present = isOwn ? [await askSecret(`Present password of '${name}':`, '--password-stdin')] : []
  const password = await askSecret(`New password for '${name}':`, '--password-stdin')
  return [password, ...present]
}
