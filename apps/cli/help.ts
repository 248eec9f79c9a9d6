import { GROUPS, HOST_COMMANDS } from './groups.ts'

/** `orrery --help`: made of the table of groups alone, so that it loads nothing else. */
export function helpText(): string {
  const line = (name: string, says: string) => `  ${name.padEnd(14)} ${says}`
  return `Usage: orrery GROUP VERB [options]

${GROUPS.map(({ name, summary }) => line(name, summary)).join('\n')}

On the machine of the server:
${Object.entries(HOST_COMMANDS)
  .map(([name, says]) => line(name, says))
  .join('\n')}

Begin with: orrery login http://127.0.0.1:5000
More:       orrery GROUP --help, orrery GROUP VERB --help
`
}
