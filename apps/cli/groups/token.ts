import { command, group } from '../command.ts'
import { CliError } from '../exit-codes.ts'

const DAY_MS = 86_400_000

const list = command({
  name: 'list',
  summary: 'Lists your tokens, or as an owner those of the workspace.',
  options: { all: { says: 'Those of everybody in the workspace. For owners.' } },
  examples: [
    { line: 'token list --query "[?last_used_timestamp==null].id" -o tsv', says: 'Those never used.' },
  ],
  rows: '@',
  columns: [
    { title: 'Id', path: 'id' },
    { title: 'Kind', path: 'kind' },
    { title: 'Name', path: 'name' },
    { title: 'Of', path: 'principal' },
    { title: 'Begins', path: 'shown' },
    { title: 'Expires', path: 'expiration_timestamp', as: 'time' },
    { title: 'Last used', path: 'last_used_timestamp', as: 'time' },
  ],
  async run({ orrery, signal }, { all }) {
    return (await (await orrery()).tokens.list(all ? { whose: 'workspace' } : {}, { signal })).tokens
  },
})

const create = command({
  name: 'create',
  summary: 'Makes a token for yourself or for a service account. It is shown once.',
  args: { name: { says: 'What it is for, so that you know it in lists.' } },
  options: {
    service: {
      value: 'text',
      shown: 'ACCOUNT',
      says: 'A service account of the workspace, whose token it is.',
    },
    days: { value: 'number', says: 'How long it lives; 90 if not given.' },
    'read-only': { says: 'It may read and nothing else.' },
    'all-workspaces': { says: 'It works wherever you have a role. Not for service accounts.' },
  },
  examples: [
    { line: 'token create laptop --days 30', says: 'For yourself.' },
    {
      line: 'token create github --service deployer --query token -o tsv',
      says: 'For a pipeline: put it into a secret.',
    },
  ],
  async run({ orrery, signal }, given) {
    const client = await orrery()
    const more = {
      ...(given.days === undefined ? {} : { life_ms: Math.round(given.days * DAY_MS) }),
      ...(given['read-only'] ? { read_only: true } : {}),
    }
    if (given.service === undefined) {
      const all = given['all-workspaces'] ? { all_workspaces: true } : {}
      return client.tokens.create({ name: given.name, ...more, ...all }, { signal })
    }
    if (given['all-workspaces']) {
      throw new CliError(
        'USAGE',
        'A service account belongs to one workspace: --all-workspaces is not for its tokens.',
      )
    }
    return client.tokens.createForService(
      { name: given.service, token_name: given.name, ...more },
      { signal },
    )
  },
})

const revoke = command({
  name: 'revoke',
  summary: 'Ends a token at once.',
  args: { id: { says: 'Its id, as `orrery token list` shows it.' } },
  examples: [{ line: 'token revoke 17', says: 'Nobody can use it any more.' }],
  async run({ orrery, say, signal }, { id }) {
    await (await orrery()).tokens.revoke({ id }, { signal })
    say(`Token ${id} has ended.`)
  },
})

export const token = group('token', [list, create, revoke])
