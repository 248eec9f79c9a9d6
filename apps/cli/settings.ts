import type { Config, Profile } from './config/config-store.ts'
import { OUTPUTS, type Output, type Settings, type Surroundings } from './context.ts'
import { CliError } from './exit-codes.ts'

/** The options that every verb takes, by their long names. */
export interface CommonOptions {
  readonly url?: string
  readonly workspace?: string
  readonly profile?: string
  readonly output?: string
  readonly query?: string
  readonly yes?: boolean
  readonly wait?: boolean
}

export const FIRST_PROFILE = 'default'

/**
 * A flag wins over ORRERY_*, that over MLFLOW_TRACKING_URI, and that over the profile; `/workspaces/NAME` in an address
 * names the workspace. What needs no server may use the rest of it where no address is known.
 */
export function settingsOf(options: CommonOptions, { env, stdout }: Surroundings, config: Config): Settings {
  const name = options.profile ?? set(env.ORRERY_PROFILE) ?? config.current ?? FIRST_PROFILE
  const profile: Profile = config.profiles[name] ?? {}
  const told = options.url ?? set(env.ORRERY_URL) ?? ofHttp(env.MLFLOW_TRACKING_URI)
  const address = told ?? profile.url
  const place = address === undefined ? undefined : splitAddress(address)
  const defaults = profile.defaults ?? {}
  // The workspace of a profile is one of its own server.
  const ofProfile = told === undefined ? profile.workspace : undefined
  const asked =
    options.workspace ??
    (options.url === undefined ? undefined : place?.inPath) ??
    set(env.ORRERY_WORKSPACE) ??
    place?.inPath
  // As the next step of a path they would lead elsewhere.
  if (asked === '' || asked === '.' || asked === '..') throw noWorkspace(asked)
  const workspace = asked ?? ofProfile
  return {
    get url() {
      if (place !== undefined) return place.url
      if (options.profile !== undefined && config.profiles[name] === undefined) throw noProfile(name, config)
      throw new CliError('USAGE', 'No server is known.', 'Sign in with `orrery login URL`, or give --url.')
    },
    workspace: workspace ?? 'default',
    askedWorkspace: workspace,
    flagWorkspace: options.workspace,
    envToken: told === undefined ? undefined : tokenIn(env),
    profile: name,
    output: outputOf(options.output ?? set(env.ORRERY_OUTPUT) ?? defaults.output, stdout.isTTY === true),
    query: options.query,
    yes: options.yes ?? false,
    wait: options.wait ?? true,
    defaults,
  }
}

export function noProfile(name: string, { profiles }: Config): CliError {
  const known = Object.keys(profiles)
  return new CliError(
    'USAGE',
    `There is no profile '${name}'; ${known.length === 0 ? 'there are none yet' : `there are ${known.join(', ')}`}.`,
    `\`orrery login URL --profile ${name}\` makes it.`,
  )
}

/** CI systems hand over variables that are empty for those that are not set. */
const set = (value: string | undefined) => (value === '' ? undefined : value)

function tokenIn(env: Surroundings['env']): Settings['envToken'] {
  for (const variable of ['ORRERY_TOKEN', 'MLFLOW_TRACKING_TOKEN']) {
    const token = set(env[variable])
    if (token !== undefined) return { variable, token }
  }
}

/** MLflow's own variable may lead to a file or a database, which are no servers. */
const ofHttp = (value: string | undefined) => (/^https?:/i.test(value ?? '') ? value : undefined)

/** @returns the server, its scheme and host in lower case and without a slash at its end, and the workspace in the path */
export function splitAddress(address: string): { readonly url: string; readonly inPath: string | undefined } {
  if (!/^https?:\/\/[^/]/i.test(address) || !URL.canParse(address)) {
    throw new CliError(
      'USAGE',
      `'${address}' is no address of a server.`,
      'It looks like http://127.0.0.1:5000.',
    )
  }
  const { protocol, host, pathname, username, password, search, hash } = new URL(address)
  if (username !== '' || password !== '' || search !== '' || hash !== '') {
    throw new CliError(
      'USAGE',
      'The address of a server has no name, password, `?` or `#` in it.',
      'Sign in with `orrery login URL`.',
    )
  }
  const [, base = '', named] = /^(.*?)(?:\/workspaces\/([^/]+))?\/*$/.exec(pathname)!
  return {
    url: `${protocol}//${host}${base.replace(/\/+$/, '')}`,
    inPath: named === undefined ? undefined : decode(named),
  }
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    throw noWorkspace(name)
  }
}

const noWorkspace = (name: string) =>
  new CliError('USAGE', `'${name}' is no name of a workspace.`, '`orrery workspace list` shows them.')

/** A table when a person looks, JSON when a program does. */
function outputOf(asked: string | undefined, isTerminal: boolean): Output {
  if (asked === undefined) return isTerminal ? 'table' : 'json'
  const known = OUTPUTS.find((name) => name === asked)
  if (known !== undefined) return known
  throw new CliError('USAGE', `--output is '${asked}'; it can be ${OUTPUTS.join(', ')}.`)
}
