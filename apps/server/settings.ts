import { join, resolve } from 'node:path'
import { nearest } from '@orrery/base/kernel'
import {
  addressOrNetwork,
  bindAddress,
  egressEntry,
  hostName,
  issuerUrl,
  listOf,
  mailAddress,
  nonEmpty,
  oidcScopes,
  oneOf,
  postgresUrl,
  publicUrl,
  secretKey,
  smtpUrl,
  urlPrefix,
  webOrigin,
  wholeNumber,
  yesOrNo,
} from './setting-readers.ts'

/** One setting. Its flag and its variable follow from its key: `basePath` is `--base-path` and `ORRERY_BASE_PATH`. */
export interface Setting<Value> {
  /** What it does, with its unit, for the reader of `docs/settings.md`. */
  readonly says: string
  /** What stands for the value in `--flag VALUE`; a flag without one may stand alone. */
  readonly value: string | undefined
  /** The text that is read when neither flag nor variable is given. */
  readonly byDefault: string
  readonly read: (text: string) => Value
  /** Its value may hold a password and is never shown. */
  readonly secret?: boolean
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** Every setting of the server, once. */
export const SETTINGS = {
  port: {
    value: 'NUMBER',
    byDefault: '5000',
    read: wholeNumber(0, 65_535),
    says: 'TCP port to listen on; 0 takes a free one and prints it.',
  },
  host: {
    value: 'ADDRESS',
    byDefault: '127.0.0.1',
    read: bindAddress,
    says: 'Address to listen on. Beyond loopback it switches `--auth` on, unless `--insecure-no-auth` is given.',
  },
  home: {
    value: 'DIR',
    byDefault: './.orrery',
    read: (text: string) => resolve(nonEmpty(text)),
    says: 'Folder for database and artifacts; made if missing. One server at a time.',
  },
  databaseUrl: {
    value: 'URL',
    byDefault: '',
    read: (text: string) => (text === '' ? undefined : postgresUrl(text)),
    says: 'PostgreSQL to keep the data in, `postgresql://user:password@host:5432/database`. Without it: SQLite in the home.',
    secret: true,
  },
  artifacts: {
    value: 'DIR',
    byDefault: '',
    read: (text: string) => (text === '' ? undefined : resolve(text)),
    says: 'Folder for artifacts. Without it: `artifacts` in the home.',
  },
  allowedHosts: {
    value: 'NAMES',
    byDefault: '',
    read: listOf(hostName),
    says: 'Host names, comma-separated, by which the server may be reached besides localhost and private addresses; `*` allows all. A name without a port allows every port.',
  },
  corsAllowedOrigins: {
    value: 'ORIGINS',
    byDefault: '',
    read: listOf(webOrigin),
    says: 'Origins, comma-separated, whose pages may call the server, such as `https://studio.example.org`.',
  },
  basePath: {
    value: 'PATH',
    byDefault: '',
    read: urlPrefix,
    says: 'Path below which a proxy serves the workspace, such as `/mlflow`.',
  },
  trustProxy: {
    value: 'NETWORKS',
    byDefault: '',
    read: listOf(addressOrNetwork),
    says: 'Proxies, comma-separated addresses or networks, whose `X-Forwarded-*` headers are believed.',
  },
  auth: {
    value: undefined,
    byDefault: 'false',
    read: yesOrNo,
    says: 'Ask everybody who they are: a name and password, a token or a session. On by itself beyond loopback. While there is no administrator, each start prints a link that makes one.',
  },
  insecureNoAuth: {
    value: undefined,
    byDefault: 'false',
    read: yesOrNo,
    says: 'Leave `--auth` off beyond loopback and ask nobody who they are: everyone who reaches the port may read, change and delete everything.',
  },
  oidcIssuer: {
    value: 'URL',
    byDefault: '',
    read: (text: string) => (text === '' ? undefined : issuerUrl(text)),
    says: 'Provider of OpenID Connect at which people sign on, as it names itself; `/sign-on/callback` of this server must be known to it.',
  },
  oidcClientId: {
    value: 'NAME',
    byDefault: '',
    read: (text: string) => (text === '' ? undefined : text),
    says: 'What the provider calls this server.',
  },
  oidcClientSecret: {
    value: 'SECRET',
    byDefault: '',
    read: (text: string) => (text === '' ? undefined : text),
    says: 'The secret that the provider gave to this server; better as a variable than as a flag. Without it: a public client.',
    secret: true,
  },
  oidcScopes: {
    value: 'SCOPES',
    byDefault: 'openid profile email',
    read: oidcScopes,
    says: 'What the provider is asked for.',
  },
  oidcGroupsClaim: {
    value: 'NAME',
    byDefault: 'groups',
    read: nonEmpty,
    says: 'The claim in which the provider says the groups of whoever signs on; `group-mappings` of the API say which groups they are here.',
  },
  oidcCreateAccounts: {
    value: undefined,
    byDefault: 'true',
    read: yesOrNo,
    says: 'Make an account, without any right, for whoever signs on for the first time; `--oidc-create-accounts=false` lets in whom it knows.',
  },
  publicUrl: {
    value: 'URL',
    byDefault: '',
    read: (text: string) => (text === '' ? undefined : publicUrl(text)),
    says: 'Under which address people and receivers of events know this server, `--base-path` included, such as `https://ml.example.org`. Without it: the address that it listens on.',
  },
  egressAllow: {
    value: 'HOSTS',
    byDefault: '',
    read: listOf(egressEntry),
    says: 'Receivers in your own network that webhooks may go to, comma-separated: `hooks.corp`, `*.corp`, `10.1.0.0/16`, `[fd00::]/8`, each with a port if only that is meant. Without it: public addresses only, by https.',
  },
  smtpUrl: {
    value: 'URL',
    byDefault: '',
    read: (text: string) => (text === '' ? undefined : smtpUrl(text)),
    says: 'Mail server for subscriptions by e-mail, `smtp://user:password@host:587` (with STARTTLS, unless `?tls=never`) or `smtps://…:465`.',
    secret: true,
  },
  mailFrom: {
    value: 'ADDRESS',
    byDefault: '',
    read: (text: string) => (text === '' ? undefined : mailAddress(text)),
    says: 'Who e-mail comes from: `Orrery <orrery@example.org>`. Needed with `--smtp-url`.',
  },
  secretKey: {
    value: 'SECRET',
    byDefault: '',
    read: (text: string) => (text === '' ? undefined : secretKey(text)),
    says: 'What secrets in the database, such as those of webhooks, are sealed with; better as a variable than as a flag, and the same on every server. Without it: a key that the database keeps itself.',
    secret: true,
  },
  deletedLogDays: {
    value: 'DAYS',
    byDefault: '',
    read: (text: string) => (text === '' ? undefined : wholeNumber(1, 36_500)(text)),
    says: 'After how many days without an event the log of a deleted workspace is removed, where it had no rule of `audit` itself. Without it: never.',
  },
  logLevel: {
    value: 'LEVEL',
    byDefault: 'info',
    read: oneOf(LOG_LEVELS),
    says: `How much is logged to standard error: ${LOG_LEVELS.join(', ')}. One line a request at debug.`,
  },
} as const satisfies Record<string, Setting<unknown>>

export type Settings = {
  readonly [Key in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Key]['read']>
}

/** What is wrong with the settings: all of it, one sentence a line. */
export class BadSettings extends Error {}

/** `databaseUrl` is `--database-url`. */
export const flagOf = (key: string) => `--${dashed(key)}`
/** `databaseUrl` is `ORRERY_DATABASE_URL`. */
export const variableOf = (key: string) => `ORRERY_${dashed(key).replaceAll('-', '_').toUpperCase()}`

const dashed = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/**
 * Reads flags, then variables, then defaults. Called once, at start.
 *
 * @param command whose help an unknown flag points to
 *
 * Throws `BadSettings` with every fault there is.
 */
export function readSettings(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  command = 'server',
): Settings {
  const faults: string[] = []
  const flags = readFlags(argv, command, faults)
  const settings: Record<string, unknown> = {}
  for (const [key, setting] of Object.entries(SETTINGS)) {
    const flag = flags.get(key)
    const [text, source] =
      flag !== undefined ? [flag, flagOf(key)] : [env[variableOf(key)] ?? setting.byDefault, variableOf(key)]
    try {
      settings[key] = setting.read(text)
    } catch (error) {
      const shown = 'secret' in setting ? 'not usable' : `'${text}'`
      faults.push(`${source} is ${shown}: ${(error as Error).message}.`)
    }
  }
  faults.push(...misspelt(env))
  if (faults.length > 0) throw new BadSettings(faults.join('\n'))
  return settings as unknown as Settings
}

function readFlags(argv: readonly string[], command: string, faults: string[]): Map<string, string> {
  const keys = new Map(Object.keys(SETTINGS).map((key) => [flagOf(key), key as keyof typeof SETTINGS]))
  const flags = new Map<string, string>()
  for (let i = 0; i < argv.length; i++) {
    const [name = '', ...rest] = argv[i]!.split('=')
    const key = keys.get(name)
    if (key === undefined) {
      const meant = nearest(name, [...keys.keys()])
      const hint = meant === undefined ? `See ./orrery ${command} --help.` : `Did you mean ${meant}?`
      faults.push(`${shownFlag(argv[i]!)} is not a setting. ${hint}`)
      // What follows an unknown flag is most likely its value, and not one more fault.
      if (name.startsWith('--') && rest.length === 0 && i + 1 < argv.length && !argv[i + 1]!.startsWith('--'))
        i++
      continue
    }
    if (rest.length > 0) flags.set(key, rest.join('='))
    else if (SETTINGS[key].value === undefined) flags.set(key, 'true')
    else if (i + 1 < argv.length && !argv[i + 1]!.startsWith('--')) flags.set(key, argv[++i]!)
    else faults.push(`${name} needs a value: ${name} ${SETTINGS[key].value}.`)
  }
  return flags
}

/** Variables that look like ours and are none: data would silently go to the default home. */
function misspelt(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = Object.keys(SETTINGS).map(variableOf)
  return Object.keys(env)
    .filter((name) => name.startsWith('ORRERY_') && !known.includes(name))
    .flatMap((name) => {
      const meant = nearest(name, known)
      return meant === undefined ? [] : [`${name} is not a setting. Did you mean ${meant}?`]
    })
}

function shownFlag(argument: string): string {
  return argument.startsWith('--') ? argument.split('=')[0]! : `'${argument.slice(0, 100)}'`
}

export function artifactsFolder({ artifacts, home }: Settings): string {
  return artifacts ?? join(home, 'artifacts')
}

/** The table as `--help` prints it. */
export function settingsHelp(): string {
  const rows = Object.entries(SETTINGS).map(([key, { value, says, byDefault }]) => {
    const flag = value === undefined ? flagOf(key) : `${flagOf(key)} ${value}`
    const usual = byDefault === '' || byDefault === 'false' ? '' : ` [${byDefault}]`
    return `  ${flag.padEnd(31)} ${says.replaceAll('`', '')}${usual}`
  })
  return rows.join('\n')
}
