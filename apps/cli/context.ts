import type { Input, NamedRow, Orrery } from '@orrery/sdk'
import type { ConfigStore } from './config/config-store.ts'

/** Where a command runs; the program makes it of the process, tests of their own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly folder: string
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown }
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean }
  /** Aborts on Ctrl-C: files that are half written are removed before the process ends with 130. */
  readonly signal: AbortSignal
  readonly fetch?: typeof fetch
}

export const OUTPUTS = ['json', 'table', 'tsv', 'yaml'] as const
export type Output = (typeof OUTPUTS)[number]

/** What was decided of flags, variables and profile; see `settings.ts` for their order. */
export interface Settings {
  /** Without a slash at its end. Throws `CliError` USAGE where no address is known. */
  readonly url: string
  readonly workspace: string
  /** What was said of the workspace, if anything was. */
  readonly askedWorkspace: string | undefined
  /** Of the flag alone: for `login`, whose server is another than that of the rest. */
  readonly flagWorkspace: string | undefined
  /** Of the environment, only where the address is not that of a profile. */
  readonly envToken: { readonly variable: string; readonly token: string } | undefined
  /** Name of the profile that is used, and that `login` and `config` write. */
  readonly profile: string
  readonly output: Output
  readonly query: string | undefined
  readonly yes: boolean
  readonly wait: boolean
  /** Defaults of the profile, such as the experiment. */
  readonly defaults: Readonly<Record<string, string>>
}

type Row<Name> = Extract<NamedRow, { readonly name: Name }>

/** What a verb works with. */
export interface Context extends Surroundings {
  readonly settings: Settings
  readonly store: ConfigStore
  /** The client; loaded when first asked for. */
  orrery(): Promise<Orrery>
  /**
   * The message of `-f` and `--set` for a row: its fields and words are known, whether it is whole the server says.
   * Empty without them.
   */
  message<Name extends NamedRow['name']>(row: Name): Promise<Partial<Input<Row<Name>>>>
  /** Asks a person; without a terminal it throws `CliError` NO_TERMINAL that names `--yes`. */
  confirm(question: string): Promise<void>
  /** Asks for a value without showing it; without a terminal it throws and names the flag to pass. */
  askSecret(question: string, flag: string): Promise<string>
  /** The first line of stdin, for `--token-stdin` and the like; throws where there is none. */
  readSecret(): Promise<string>
  /** All lines of stdin but empty ones; throws where there are none. */
  readSecrets(): Promise<readonly string[]>
  /** A line for people on stderr. */
  say(text: string): void
}
