import type { GroupWords, VerbWords } from './words.ts'

/** A script for fish: a line for each word. */
export function fishScript(groups: readonly GroupWords[]): string {
  const all = groups.map(({ word }) => word).join(' ')
  const lines = groups.flatMap(({ word, says, own, verbs }) => {
    const names = verbs.map((verb) => verb.word).join(' ')
    const inGroup = `__fish_seen_subcommand_from ${word}`
    return [
      `complete -c orrery -f -n 'not __fish_seen_subcommand_from ${all}' -a ${word} -d ${quoted(says)}`,
      ...(own === undefined ? [] : options(inGroup, own)),
      ...verbs.flatMap((verb) => [
        `complete -c orrery -f -n '${inGroup}; and not __fish_seen_subcommand_from ${names}' -a ${verb.word} -d ${quoted(verb.says)}`,
        ...options(`${inGroup}; and __fish_seen_subcommand_from ${verb.word}`, verb),
      ]),
    ]
  })
  return `# orrery: completion for fish. orrery completion fish > ~/.config/fish/completions/orrery.fish
${lines.join('\n')}
`
}

function options(when: string, { options }: VerbWords): string[] {
  return options.map(({ word, says, takesValue, choices }) => {
    const values = choices === undefined ? '' : ` -f -a ${quoted(choices.join(' '))}`
    return `complete -c orrery -n '${when}' -l ${word.slice(2)}${takesValue ? ' -r' : ''}${values} -d ${quoted(says)}`
  })
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
