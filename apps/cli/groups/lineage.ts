import { command, group } from '../command.ts'
import type { Context } from '../context.ts'
import { versionOf } from './find-version.ts'

const KINDS = ['run', 'dataset', 'logged-model', 'version'] as const
type Kind = (typeof KINDS)[number]

const ARGS = {
  kind: { says: 'run, dataset, logged-model or version.' },
  id: { says: 'A run id, `name#digest`, a model id, or a version such as `fraud/3` or `fraud@champion`.' },
} as const
const OPTIONS = {
  direction: { value: 'text', choices: ['upstream', 'downstream', 'both'], says: 'both if not given.' },
  depth: { value: 'number', says: 'Steps, 1 to 50; 50 if not given.' },
} as const

const show = command({
  name: 'show',
  summary: 'Shows what produced a thing, and what would be affected by it.',
  args: ARGS,
  options: OPTIONS,
  examples: [
    {
      line: 'lineage show version fraud@champion --direction upstream',
      says: 'The runs and data behind it.',
    },
    {
      line: `lineage show dataset cards#4f2a --direction downstream --query "nodes[?kind=='version'].id" -o tsv`,
      says: 'Versions to look at when data were wrong.',
    },
  ],
  rows: 'nodes',
  columns: [
    { title: 'Steps', path: 'distance' },
    { title: 'Kind', path: 'kind' },
    { title: 'Id', path: 'id' },
    { title: 'Name', path: 'name' },
    { title: 'Status', path: 'status' },
    { title: 'Made', path: 'creation_timestamp', as: 'time' },
  ],
  async run(context, given) {
    const asked = await askedOf(context, given)
    const found = await (await context.orrery()).lineage.walk(asked, { signal: context.signal })
    if (found.is_cut) context.say('There is more than depth and limit allow.')
    if (found.hidden > 0) context.say(`${found.hidden} neighbours are of things that you may not see.`)
    return found
  },
})

const openLineage = command({
  name: 'export',
  summary: 'Prints the same walk as OpenLineage run events, one JSON list.',
  args: ARGS,
  options: OPTIONS,
  examples: [
    { line: 'lineage export version fraud/3 > lineage.json', says: 'For tools that read OpenLineage.' },
  ],
  async run(context, given) {
    const asked = await askedOf(context, given)
    const answer = await (await context.orrery()).lineage.openLineage(asked, { signal: context.signal })
    return JSON.parse(await answer.text()) as unknown
  },
})

async function askedOf(
  context: Context,
  given: {
    readonly kind: string
    readonly id: string
    readonly direction?: string | undefined
    readonly depth?: number | undefined
  },
) {
  const kind = KINDS.find((word) => word === given.kind)
  if (kind === undefined) {
    const { CliError } = await import('../exit-codes.ts')
    throw new CliError('USAGE', `'${given.kind}' is no kind of thing; there are ${KINDS.join(', ')}.`)
  }
  return {
    kind,
    id: await idOf(context, kind, given.id),
    ...(given.direction === undefined ? {} : { direction: given.direction as 'both' }),
    ...(given.depth === undefined ? {} : { depth: given.depth }),
  }
}

async function idOf(context: Context, kind: Kind, id: string): Promise<string> {
  if (kind !== 'version') return id
  const { name, version } = await versionOf(context, id)
  return `${name}/${version}`
}

export const lineage = group('lineage', [show, openLineage])
