import { CannotStart } from '../cannot-start.ts'

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

/** The settings that say where the data are; the others are of no use to a copy. */
export const WHERE_THE_DATA_ARE = [
  '  --home DIR                    the home of the workspace [./.orrery]',
  '  --artifacts DIR               its folder for artifacts, if that is elsewhere',
  '  --database-url URL            its PostgreSQL, if it has one',
].join('\n')
