import { InvalidArgumentError, Command as Parser } from 'commander'
import { type AnyCommand, type Argument, type Group, isVerbItself, type Option } from './command.ts'
import type { FileOptions } from './message/read-message.ts'
import { printable } from './output/printable.ts'
import type { CommonOptions } from './settings.ts'

/** What was typed: the verb, and its arguments and options by name. */
export interface Parsed {
  readonly command: AnyCommand
  readonly given: Readonly<Record<string, unknown>>
  readonly common: CommonOptions & FileOptions
}

export interface Output {
  out(text: string): void
  err(text: string): void
  /** Of the terminal; undefined where it is none. */
  readonly width: number | undefined
}

type Options = Readonly<Record<string, Option>>

const COMMON: ReadonlySet<string> = new Set([
  ...['url', 'workspace', 'profile', 'output', 'query'],
  ...['yes', 'wait', 'file', 'set'],
])

/** @returns undefined where --help was printed; throws commander's error, with its text already written */
export async function parse(
  group: Group,
  summary: string,
  argv: readonly string[],
  output: Output,
): Promise<Parsed | undefined> {
  let parsed: Parsed | undefined
  const top = new Parser(`orrery ${group.name}`).description(summary).exitOverride()
  top.helpOption('-h, --help', 'Shows this.').helpCommand(false)
  top.showHelpAfterError(`\`orrery ${group.name} --help\` lists its verbs.`)
  top.configureOutput({
    writeOut: output.out,
    writeErr: output.err,
    getOutHelpWidth: () => output.width ?? 100,
    getErrHelpWidth: () => output.width ?? 100,
    outputError: (text, write) => write(printable(sentence(text))),
  })
  for (const told of group.commands) {
    const verb = isVerbItself(group) ? top : top.command(told.name)
    verb.showHelpAfterError(
      `\`orrery ${isVerbItself(group) ? '' : `${group.name} `}${told.name} --help\` shows what it takes.`,
    )
    declare(verb.description(told.summary), told)
    verb.action((...words: unknown[]) => {
      parsed = read(told, words.slice(0, Object.keys(told.args ?? {}).length), verb.opts())
    })
  }
  await top.parseAsync([...argv], { from: 'user' })
  return parsed
}

function declare(verb: Parser, told: AnyCommand): void {
  const { args = {}, options = {}, examples, takesFile, destroys, waits, alone } = told
  verb.helpOption('-h, --help', 'Shows this.')
  for (const [name, { says, optional, many }] of Object.entries(args as Readonly<Record<string, Argument>>)) {
    const shown = many === true ? `${name}...` : name
    verb.argument(optional === true ? `[${shown}]` : `<${shown}>`, says)
  }
  for (const [name, option] of Object.entries(options as Options)) addOption(verb, name, option)
  if (takesFile === true) {
    verb.option('-f, --file <file>', 'A YAML or JSON file with the fields; `-` reads stdin.')
    verb.option('--set <field=value>', 'A field, also a.b=c or a[0]=c; may be repeated.', collect)
  }
  if (destroys === true) verb.option('-y, --yes', 'Does not ask.')
  if (waits === true) verb.option('--no-wait', 'Returns at once.')
  if (alone !== true) {
    verb.optionsGroup('Options of every command:')
    verb
      .option('-o, --output <form>', 'json, table, tsv or yaml; a table on a terminal, else json.')
      .option('--query <jmespath>', 'What of the result to print.')
      .option('-w, --workspace <name>', 'The workspace to work in.')
      .option('--url <address>', 'The server, if not that of the profile.')
      .option('--profile <name>', 'A profile of the configuration.')
  }
  verb.addHelpText(
    'after',
    `\nExamples:\n${examples.map(({ line, says }) => `  # ${says}\n  orrery ${line}`).join('\n')}`,
  )
}

function addOption(
  verb: Parser,
  name: string,
  { says, value, short, shown, choices, required }: Option,
): void {
  const taken = value === undefined ? '' : ` <${shown ?? name}>`
  const option = verb.createOption(`${short === undefined ? '' : `-${short}, `}--${name}${taken}`, says)
  if (choices !== undefined) option.choices(choices)
  if (value === 'list') option.argParser(collect)
  if (value === 'number') option.argParser(toNumber)
  if (required === true) option.makeOptionMandatory()
  verb.addOption(option)
}

const collect = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value]

function toNumber(text: string): number {
  if (text.trim() === '' || !Number.isFinite(Number(text)))
    throw new InvalidArgumentError('It must be a number.')
  return Number(text)
}

/** Commander writes `error: unknown option …`; ours are sentences. */
function sentence(text: string): string {
  const told = text.replace(/^error: /, '')
  return told.charAt(0).toUpperCase() + told.slice(1)
}

/** Commander writes `max-results` as maxResults; verbs read the names that they declared. */
function read(
  command: AnyCommand,
  words: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
): Parsed {
  const { args = {}, options: declared = {} } = command
  const given: Record<string, unknown> = {}
  for (const [at, name] of Object.keys(args).entries()) given[name] = words[at]
  for (const [name, { value }] of Object.entries(declared as Options)) {
    given[name] = options[camel(name)] ?? (value === 'list' ? [] : value === undefined ? false : undefined)
  }
  return {
    command,
    given,
    common: Object.fromEntries(Object.entries(options).filter(([key]) => COMMON.has(key))),
  }
}

const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
