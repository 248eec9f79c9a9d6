import type { AnyCommand } from '../command.ts'
import type { Context } from '../context.ts'
import { pick } from './cells.ts'
import type { Writer } from './writer.ts'

const WRITERS: Readonly<Record<string, () => Promise<Writer>>> = {
  json: async () => (await import('./json.ts')).writeJson,
  table: async () => (await import('./table.ts')).writeTable,
  tsv: async () => (await import('./tsv.ts')).writeTsv,
  yaml: async () => (await import('./yaml.ts')).writeYaml,
}

/** Writes the result of a verb to stdout; of one that stands alone it is text. */
export async function render(result: unknown, command: AnyCommand, context: Context): Promise<void> {
  const { settings, stdout, say } = context
  const { rows, columns, alone } = command
  if (alone === true) {
    if (typeof result === 'string') stdout.write(result)
    return
  }
  const { query, output } = settings
  const isTerminal = stdout.isTTY === true
  let asked = result
  if (query !== undefined) asked = await (await import('./query.ts')).applyQuery(result, query)
  // Only what lines up is laid out by the verb's own columns; other forms give the answer whole.
  else if (rows !== undefined && (output === 'table' || output === 'tsv')) asked = pick(result, rows) ?? []
  if (asked === null && query !== undefined && output !== 'json') asked = undefined
  const write = await WRITERS[output]!()
  const text = write(asked, {
    columns:
      query !== undefined || rows === undefined
        ? undefined
        : typeof columns === 'function'
          ? columns(asked)
          : columns,
    // Terminals of containers often say 0: they do not know how wide they are.
    width: isTerminal && stdout.columns !== 0 ? stdout.columns : undefined,
    isTerminal,
  })
  if (text !== '') stdout.write(text)
  else if (output === 'table' && result !== undefined) say('Nothing to show.')
}
