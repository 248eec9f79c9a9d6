import type { Surroundings } from './context.ts'
import { CliError, EXIT_CODES, exitOf } from './exit-codes.ts'
import { GROUPS, type GroupRow } from './groups.ts'
import { liftOptions } from './lift-options.ts'

/** Runs one command. @returns what the process ends with */
export async function runCli(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    return await runGroup(argv, surroundings)
  } catch (error) {
    return fail(error, surroundings)
  }
}

async function runGroup(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings
  const first = liftOptions(argv)
  const [name = '', ...words] = first.rest
  const row = await groupOf(name)
  const group = await row.load()
  const { parse } = await import('./parse.ts')
  const parsed = await parse(group, row.summary, placed(first.options, words), {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    width: stdout.isTTY === true && stdout.columns !== 0 ? stdout.columns : undefined,
  })
  if (parsed === undefined) return EXIT_CODES.OK.code
  const { runVerb } = await import('./run-verb.ts')
  await runVerb(parsed, surroundings)
  return EXIT_CODES.OK.code
}

/** Options that stood before the group or the verb go behind the verb. */
function placed(before: readonly string[], words: readonly string[]): readonly string[] {
  const { options, rest } = liftOptions(words)
  return [...rest.slice(0, 1), ...before, ...options, ...rest.slice(1)]
}

async function groupOf(name: string): Promise<GroupRow> {
  const found = GROUPS.find((group) => group.name === name)
  if (found !== undefined) return found
  const { nearest } = await import('@orrery/base/kernel')
  const meant = nearest(
    name,
    GROUPS.map((group) => group.name),
  )
  if (name === '') throw new CliError('USAGE', 'No command was given.', '`orrery --help` lists them.')
  if (name.startsWith('-')) {
    throw new CliError('USAGE', `'${name}' cannot stand before a command.`, 'Put options behind the verb.')
  }
  throw new CliError(
    'USAGE',
    `There is no command '${name}'.`,
    meant === undefined ? '`orrery --help` lists them.' : `Did you mean '${meant}'?`,
  )
}

/** What a file system refuses is named in its own words. */
const OF_FILES = /^E(NOENT|ACCES|PERM|EXIST|ISDIR|NOTDIR|ROFS|NAMETOOLONG)$/

/** Commander has written its sentence already; ours go to stderr with the next step. */
async function fail(error: unknown, { stderr, signal, env }: Surroundings): Promise<number> {
  if (signal.aborted) return EXIT_CODES.INTERRUPTED.code
  const { name, code, message, hint, requestId, exitCode } = error as Record<string, string | undefined>
  if (code?.startsWith('commander.')) return Number(exitCode) === 0 ? 0 : EXIT_CODES.USAGE.code
  const exit =
    error instanceof CliError
      ? error.exit
      : name === 'OrreryError'
        ? exitOf(code ?? '')
        : OF_FILES.test(code ?? '')
          ? 'USAGE'
          : 'FAULT'
  const { printable } = await import('./output/printable.ts')
  const request = exit === 'FAULT' && requestId !== undefined ? ` (request ${requestId})` : ''
  const isDebugging = (env.ORRERY_DEBUG ?? '') !== ''
  const next =
    hint ?? (exit === 'FAULT' && !isDebugging ? 'ORRERY_DEBUG=1 shows where it happened.' : undefined)
  stderr.write(printable(`${message ?? String(error)}${request}${next === undefined ? '' : `\n${next}`}\n`))
  if (isDebugging && error instanceof Error) stderr.write(`${error.stack}\n`)
  return EXIT_CODES[exit].code
}
