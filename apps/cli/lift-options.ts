const WITH_VALUE: ReadonlySet<string> = new Set([
  '-o',
  '--output',
  '--query',
  '-w',
  '--workspace',
  '--url',
  '--profile',
])
const FLAGS: ReadonlySet<string> = new Set(['-y', '--yes', '--no-wait'])

/**
 * Takes the options of every command from before a word: `orrery -o json run list` is `orrery run list -o json`. Anything
 * else stays, and whoever reads the word there says what is wrong with it.
 */
export function liftOptions(argv: readonly string[]): {
  readonly options: readonly string[]
  readonly rest: readonly string[]
} {
  let at = 0
  while (at < argv.length) {
    const word = argv[at]!
    if (WITH_VALUE.has(word) && at + 1 < argv.length) at += 2
    else if (FLAGS.has(word) || WITH_VALUE.has(word.split('=', 1)[0]!) || /^-[ow]./.test(word)) at++
    else break
  }
  return { options: argv.slice(0, at), rest: argv.slice(at) }
}
