import { Problem } from '@orrery/base/kernel'
import { CannotStart } from '../cannot-start.ts'
import { BadSettings } from '../settings.ts'

/** Takes `--name VALUE` or `--name=VALUE` out of the words; what is left are settings. */
export function takeOption(
  argv: readonly string[],
  name: string,
): { readonly value: string | undefined; readonly rest: readonly string[] } {
  const at = argv.findIndex((word) => word === name || word.startsWith(`${name}=`))
  if (at < 0) return { value: undefined, rest: argv }
  const isJoined = argv[at] !== name
  const value = isJoined ? argv[at]!.slice(name.length + 1) : argv[at + 1]
  if (value === undefined || value === '') throw new CannotStart(`${name} needs a value.`)
  return { value, rest: argv.toSpliced(at, isJoined ? 1 : 2) }
}

/** Takes `--name` out of the words; what is left are settings. */
export function takeFlag(
  argv: readonly string[],
  name: string,
): { readonly isGiven: boolean; readonly rest: readonly string[] } {
  const rest = argv.filter((word) => word !== name)
  return { isGiven: rest.length < argv.length, rest }
}

/** The settings that say where the data are; the others are of no use to a copy. */
export const WHERE_THE_DATA_ARE = [
  '  --home DIR                    the home of the workspace [./.orrery]',
  '  --artifacts DIR               its folder for artifacts, if that is elsewhere',
  '  --database-url URL            its PostgreSQL, if it has one',
].join('\n')

/** Ends a command with a sentence where its surroundings are to blame. A fault of ours goes on with its stack. */
export function failCommand(what: string, error: unknown): void {
  if (error instanceof CannotStart || error instanceof BadSettings) console.error(error.message)
  else if (error instanceof Problem || isOfSystem(error)) console.error(`${what} failed: ${error.message}`)
  else throw error
  process.exitCode = 1
}

/** A full disk, a folder that may not be read, a damaged database: errors with a code of the system or of SQLite. */
function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && ('errno' in error || 'errcode' in error)
}
