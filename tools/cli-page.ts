import { type AnyCommand, type Argument, isVerbItself, type Option } from '../apps/cli/command.ts'
import { EXIT_CODES } from '../apps/cli/exit-codes.ts'
import { GROUPS, HOST_COMMANDS } from '../apps/cli/groups.ts'

/** `docs/cli-reference.md`, of the objects that the verbs are. */
export async function cliPage(): Promise<string> {
  const groups = await Promise.all(GROUPS.map(async (row) => ({ row, group: await row.load() })))
  const sections = groups.map(({ row, group }) => {
    const verbs = group.commands.map((command) => {
      const name = isVerbItself(group) ? group.name : `${group.name} ${command.name}`
      return verbSection(name, command, !isVerbItself(group))
    })
    return `## ${row.name}\n\n${row.summary}\n\n${verbs.join('\n\n')}`
  })
  return `# Commands

\`orrery GROUP VERB\`, as [cli.md](cli.md) explains; \`orrery GROUP VERB --help\` says the same as this page.

${groups.map(({ row }) => `- [${row.name}](#${row.name}): ${row.summary}`).join('\n')}

**Options of every command:** \`-o, --output json|table|tsv|yaml\`, \`--query JMESPATH\`, \`-w, --workspace NAME\`,
\`--url ADDRESS\`, \`--profile NAME\`, \`-h, --help\`.

**On the machine of the server:** ${Object.entries(HOST_COMMANDS)
    .map(
      ([name, says]) =>
        `\`orrery ${name}\` (${says.replace(/\.$/, '').replace(/^\w/, (letter) => letter.toLowerCase())})`,
    )
    .join(', ')}; see [operations.md](operations.md).

## Exit codes

| code | name | meaning |
| --- | --- | --- |
${Object.entries(EXIT_CODES)
  .map(([name, { code, means }]) => `| ${code} | \`${name}\` | ${means} |`)
  .join('\n')}

${sections.join('\n\n')}
`
}

function verbSection(name: string, told: AnyCommand, isHeaded: boolean): string {
  const { args = {}, options = {}, examples, summary } = told
  const words = Object.entries(args as Readonly<Record<string, Argument>>)
  const shown = words.map(([word, { optional, many }]) => {
    const all = many === true ? `${word}…` : word
    return optional === true ? `[${all}]` : `<${all}>`
  })
  const rows = [
    ...words.map(([word, { says }]) => [`\`${word}\``, says]),
    ...Object.entries(options as Readonly<Record<string, Option>>).map(optionRow),
    ...(told.takesFile === true
      ? [
          ['`-f, --file <file>`', 'A YAML or JSON file with the fields; `-` reads stdin.'],
          ['`--set <field=value>`', 'A field, also `a.b=c` or `a[0]=c`; may be repeated.'],
        ]
      : []),
    ...(told.destroys === true ? [['`-y, --yes`', 'Does not ask.']] : []),
    ...(told.waits === true ? [['`--no-wait`', 'Returns at once.']] : []),
  ]
  const table =
    rows.length === 0
      ? ''
      : `\n\n| | |\n| --- | --- |\n${rows.map(([what, says]) => `| ${what} | ${cell(says!)} |`).join('\n')}`
  const lines = examples.map(({ line, says }) => `# ${says}\norrery ${line}`).join('\n')
  const usage = ['orrery', name, ...shown].join(' ')
  return `${isHeaded ? `### ${name}\n\n` : ''}\`${usage}\`: ${lowerFirst(summary)}${table}\n\n\`\`\`sh\n${lines}\n\`\`\``
}

function optionRow([name, { says, value, short, shown, choices, required }]: readonly [string, Option]): [
  string,
  string,
] {
  const taken = value === undefined ? '' : ` <${shown ?? name}>`
  const words = choices === undefined ? '' : ` One of ${choices.map((word) => `\`${word}\``).join(', ')}.`
  return [
    `\`${short === undefined ? '' : `-${short}, `}--${name}${taken}\``,
    `${says}${words}${required === true ? ' Required.' : ''}`,
  ]
}

const cell = (text: string) => text.replaceAll('|', '\\|')
const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)
