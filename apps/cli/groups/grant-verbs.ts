import type { Permission } from '@orrery/base/kernel'
import { command } from '../command.ts'

const KINDS = ['workspace', 'experiment', 'registered_model', 'prompt', 'run', 'trace'] as const
type Kind = (typeof KINDS)[number]

const THING = {
  kind: { says: `What kind of thing: ${KINDS.join(', ')}.` },
  pattern: { says: 'Its id or name, or `*`.' },
} as const

export const grants = command({
  name: 'grants',
  summary: 'Lists the rights of one account or group on single things.',
  args: { account: { says: 'A user, service account or group.' } },
  examples: [{ line: 'role grants bob', says: 'Beside what bob’s roles give.' }],
  rows: '@',
  columns: [
    { title: 'Kind', path: 'kind' },
    { title: 'Thing', path: 'pattern' },
    { title: 'Level', path: 'level' },
    { title: 'Effect', path: 'effect' },
    { title: 'By', path: 'created_by' },
  ],
  async run({ orrery, signal }, { account }) {
    return (await (await orrery()).grants.list({ principal: account }, { signal })).grants
  },
})

export const grant = command({
  name: 'grant',
  summary: 'Gives a right on one thing, or with --deny denies it, in place of the one there was.',
  args: { account: { says: 'A user, service account or group.' }, ...THING },
  options: {
    level: { value: 'text', required: true, choices: ['READ', 'USE', 'EDIT', 'MANAGE'], says: 'How much.' },
    deny: { says: 'Takes the level and those above it, and wins.' },
  },
  examples: [{ line: 'role grant bob experiment 12 --level EDIT', says: 'One experiment and nothing else.' }],
  async run({ orrery, signal }, { account, kind, pattern, level, deny }) {
    const asked = {
      principal: account,
      kind: kind as Kind,
      pattern,
      level: level as 'READ',
      ...(deny ? { effect: 'deny' as const } : {}),
    }
    return (await (await orrery()).grants.give(asked, { signal })).grant
  },
})

export const ungrant = command({
  name: 'ungrant',
  summary: 'Takes a right on one thing away.',
  args: { account: { says: 'A user, service account or group.' }, ...THING },
  examples: [{ line: 'role ungrant bob experiment 12', says: 'What roles give stays.' }],
  async run({ orrery, say, signal }, { account, kind, pattern }) {
    await (await orrery()).grants.take({ principal: account, kind: kind as Kind, pattern }, { signal })
    say(`'${account}' has no right of its own on ${kind} '${pattern}'.`)
  },
})

export const explain = command({
  name: 'explain',
  summary: 'Says why an account can or cannot do something.',
  args: {
    account: { says: 'A user, service account or group.' },
    permission: { says: 'As in docs/permissions.md.' },
  },
  options: {
    on: { value: 'text', says: 'Id of an experiment or name of a model; the whole workspace if not given.' },
  },
  examples: [{ line: 'role explain bob model.write --on fraud', says: 'By which role or right.' }],
  rows: 'reasons',
  columns: [
    { title: 'Effect', path: 'effect' },
    { title: 'Decides', path: 'decisive' },
    { title: 'Because', path: 'says' },
  ],
  async run({ orrery, signal }, { account, permission, on }) {
    const asked = { principal: account, permission: permission as Permission, on }
    return (await orrery()).access.explain(asked, { signal })
  },
})
