import { join } from 'node:path'
import { CliError } from '../exit-codes.ts'
import { configFolder } from './config-folder.ts'
import { readPrivate, writePrivate } from './private-file.ts'

/** A server and what is usual there. */
export interface Profile {
  readonly url?: string
  readonly workspace?: string
  readonly defaults?: Readonly<Record<string, string>>
}

/** `config.json`. The Python package reads it too: change it there as well. */
export interface Config {
  readonly current?: string
  readonly profiles: Readonly<Record<string, Profile>>
}

/** An entry of `credentials.json`, by address. */
export interface Credential {
  readonly token: string
  /** To revoke it; left out where the server did not tell. */
  readonly token_id?: string
  readonly user?: string
  /** Milliseconds since the epoch. */
  readonly expires?: number
  /** Ids of the tokens that this one was renewed from, as the Python package does it; they live until their own end. */
  readonly predecessors?: readonly string[]
}

type Credentials = Readonly<Record<string, Credential>>

/** Profiles and credentials of the person at the keyboard. Nothing is read until it is asked for. */
export interface ConfigStore {
  readonly folder: string
  config(): Config
  writeConfig(config: Config): void
  credentials(): Credentials
  writeCredentials(credentials: Credentials): void
}

export function openConfigStore(env: Readonly<Record<string, string | undefined>>): ConfigStore {
  const folder = configFolder(env)
  const config = join(folder, 'config.json')
  const credentials = join(folder, 'credentials.json')
  return {
    folder,
    config: () => asConfig(config, readPrivate(config) ?? {}),
    writeConfig: (content) => writePrivate(config, content),
    credentials: () => asCredentials(credentials, readPrivate(credentials) ?? {}),
    writeCredentials: (content) => writePrivate(credentials, content),
  }
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isList = (value: unknown) =>
  value === undefined || (Array.isArray(value) && value.every((one) => typeof one === 'string'))
const isText = (value: unknown) => value === undefined || typeof value === 'string'

function asConfig(path: string, read: Fields): Config {
  const { current, profiles = {} } = read
  if (!isText(current)) throw wrong(path, 'current', 'a name')
  if (!isFields(profiles)) throw wrong(path, 'profiles', 'an object')
  for (const [name, profile] of Object.entries(profiles)) {
    if (!isFields(profile)) throw wrong(path, `profiles.${name}`, 'an object')
    if (!isText(profile.url)) throw wrong(path, `profiles.${name}.url`, 'text')
    if (!isText(profile.workspace)) throw wrong(path, `profiles.${name}.workspace`, 'text')
    const { defaults = {} } = profile
    if (!isFields(defaults) || !Object.values(defaults).every(isText)) {
      throw wrong(path, `profiles.${name}.defaults`, 'an object of texts')
    }
  }
  return {
    ...(current === undefined ? {} : { current: current as string }),
    profiles: profiles as Config['profiles'],
  }
}

function asCredentials(path: string, read: Fields): Credentials {
  for (const [address, entry] of Object.entries(read)) {
    if (!isFields(entry) || typeof entry.token !== 'string')
      throw wrong(path, address, 'an object with a token')
    if (!isList(entry.predecessors)) throw wrong(path, `${address}.predecessors`, 'a list of texts')
  }
  return read as unknown as Credentials
}

function wrong(path: string, field: string, what: string): CliError {
  return new CliError('USAGE', `'${field}' in ${path} must be ${what}.`, 'Mend or delete the file.')
}
