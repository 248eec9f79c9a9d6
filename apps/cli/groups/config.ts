import { command, group } from '../command.ts'
import type { Profile } from '../config/config-store.ts'
import { findCredential, placeOf } from '../config/find-credential.ts'
import { type Context, OUTPUTS } from '../context.ts'
import { CliError } from '../exit-codes.ts'
import { noProfile, splitAddress } from '../settings.ts'

const KEYS = ['url', 'workspace', 'experiment', 'output'] as const
type Key = (typeof KEYS)[number]

const show = command({
  name: 'show',
  summary: 'Shows the profile that is used: server, workspace, defaults and who is signed in.',
  examples: [{ line: 'config show --query url -o tsv', says: 'The server.' }],
  async run({ settings, store }) {
    const profile = store.config().profiles[settings.profile]
    const { url, workspace = 'default' } = profile ?? {}
    const found = url === undefined ? undefined : findCredential(store.credentials(), placeOf(url, workspace))
    return {
      profile: settings.profile,
      folder: store.folder,
      ...profile,
      ...(found?.credential.user === undefined ? {} : { user: found.credential.user }),
      ...(found?.credential.expires === undefined ? {} : { expiration_timestamp: found.credential.expires }),
    }
  },
})

const profiles = command({
  name: 'profiles',
  summary: 'Lists the profiles.',
  examples: [{ line: 'config profiles', says: 'Which servers you know.' }],
  rows: '@',
  columns: [
    { title: 'Name', path: 'name' },
    { title: 'Server', path: 'url' },
    { title: 'Workspace', path: 'workspace' },
    { title: 'Current', path: 'is_current' },
  ],
  async run({ store, settings }) {
    const all = Object.entries(store.config().profiles)
    return all.map(([name, profile]) => ({ name, ...profile, is_current: name === settings.profile }))
  },
})

const use = command({
  name: 'use',
  summary: 'Makes another profile the current one.',
  args: { name: { says: 'Name of the profile.' } },
  examples: [{ line: 'config use test', says: 'Until you use another.' }],
  async run({ store, say }, { name }) {
    const config = store.config()
    if (config.profiles[name] === undefined) throw noProfile(name, config)
    store.writeConfig({ ...config, current: name })
    say(`'${name}' is the current profile.`)
  },
})

const setKeys = command({
  name: 'set',
  summary: 'Sets defaults of the profile: url, workspace, experiment, output.',
  args: { defaults: { says: 'As key=value.', many: true } },
  examples: [
    { line: 'config set workspace=vision experiment=12', says: 'What is used unless you say otherwise.' },
    { line: 'config set output=table', says: 'Tables also where nobody looks.' },
  ],
  async run(context, { defaults: words }) {
    let profile = profileOf(context)
    for (const word of words) {
      const equals = word.indexOf('=')
      if (equals < 1) throw new CliError('USAGE', `'${word}' must look like workspace=vision.`)
      profile = withKey(profile, keyOf(word.slice(0, equals)), word.slice(equals + 1))
    }
    return keep(context, profile)
  },
})

const unset = command({
  name: 'unset',
  summary: 'Takes defaults of the profile away.',
  args: { keys: { says: 'url, workspace, experiment or output.', many: true } },
  examples: [{ line: 'config unset experiment', says: 'Back to experiment 0.' }],
  async run(context, { keys }) {
    let profile = profileOf(context)
    for (const key of keys) profile = withKey(profile, keyOf(key), undefined)
    return keep(context, profile)
  },
})

const remove = command({
  name: 'delete',
  summary: 'Deletes a profile; `orrery logout --profile NAME` first ends its token.',
  args: { name: { says: 'Name of the profile.' } },
  examples: [{ line: 'config delete test', says: 'The server is not asked.' }],
  async run({ store, say }, { name }) {
    const config = store.config()
    if (config.profiles[name] === undefined) throw noProfile(name, config)
    const { [name]: _, ...others } = config.profiles
    const { current, ...rest } = config
    store.writeConfig({ ...rest, ...(current === name ? {} : { current }), profiles: others })
    say(`Deleted the profile '${name}'.`)
  },
})

const profileOf = ({ store, settings }: Context): Profile => store.config().profiles[settings.profile] ?? {}

function keep({ store, settings }: Context, profile: Profile): Profile {
  const config = store.config()
  const { current = settings.profile, profiles } = config
  store.writeConfig({ current, profiles: { ...profiles, [settings.profile]: profile } })
  return profile
}

function keyOf(word: string): Key {
  const known = KEYS.find((key) => key === word)
  if (known !== undefined) return known
  throw new CliError('USAGE', `There is no default '${word}'; there are ${KEYS.join(', ')}.`)
}

function withKey(profile: Profile, key: Key, value: string | undefined): Profile {
  if (value === '')
    throw new CliError('USAGE', `'${key}' needs a value; \`orrery config unset ${key}\` takes it away.`)
  if (key === 'workspace') return { ...profile, workspace: value }
  if (key === 'url') {
    const place = value === undefined ? undefined : splitAddress(value)
    return {
      ...profile,
      url: place?.url,
      ...(place?.inPath === undefined ? {} : { workspace: place.inPath }),
    }
  }
  if (key === 'output' && value !== undefined && !OUTPUTS.some((name) => name === value)) {
    throw new CliError('USAGE', `output is '${value}'; it can be ${OUTPUTS.join(', ')}.`)
  }
  const { [key]: _, ...others } = profile.defaults ?? {}
  return { ...profile, defaults: value === undefined ? others : { ...others, [key]: value } }
}

export const config = group('config', [show, profiles, use, setKeys, unset, remove])
