import type { Column } from '../command.ts'
import type { Context } from '../context.ts'
import { CliError } from '../exit-codes.ts'
import { runIdOf } from './find-run.ts'

interface Given {
  readonly runs: readonly string[]
  readonly experiment: string | undefined
  readonly all: boolean
}

type Value = string | number | null

/** One param, metric or tag, or what a run itself says. */
export interface Difference {
  readonly what: 'run' | 'param' | 'metric' | 'tag'
  readonly name: string
  /** Whether the runs disagree; one that has none disagrees with those that have. */
  readonly differs: boolean
  /** By the id of the run, in the order in which they were named; null where a run has none. */
  readonly values: Readonly<Record<string, Value>>
}

const MOST_RUNS = 20
const LEAST_LETTERS = 8

/** The runs themselves, then what is different, then, with `all`, what is not. */
export async function compareRuns(context: Context, { runs, experiment, all }: Given): Promise<Difference[]> {
  if (runs.length < 2 || runs.length > MOST_RUNS) {
    throw new CliError('USAGE', `${runs.length} runs cannot be compared; give 2 to ${MOST_RUNS}.`)
  }
  const { orrery, signal } = context
  const client = await orrery()
  const ids = await Promise.all(runs.map((text) => runIdOf(context, text, experiment)))
  const twice = ids.find((id, at) => ids.indexOf(id) !== at)
  if (twice !== undefined) throw new CliError('USAGE', `The run ${twice} is named twice.`)
  const found = await Promise.all(
    ids.map(async (run_id) => (await client.runs.get({ run_id }, { signal })).run),
  )
  const row = (what: Difference['what'], name: string, values: readonly Value[]): Difference => ({
    what,
    name,
    differs: new Set(values.map((value) => `${typeof value} ${value}`)).size > 1,
    values: Object.fromEntries(ids.map((id, at) => [id, values[at]!])),
  })
  const about = (['run_name', 'status', 'experiment_id'] as const).map((name) =>
    row(
      'run',
      name,
      found.map(({ info }) => info[name] ?? null),
    ),
  )
  const logged = (['params', 'metrics', 'tags'] as const).flatMap((table) => {
    const maps = found.map(
      ({ data }) => new Map((data[table] ?? []).map(({ key, value }) => [key ?? '', value ?? null])),
    )
    const keys = new Set(maps.flatMap((map) => [...map.keys()]))
    // The name of a run again, which stands above.
    keys.delete('mlflow.runName')
    const names = [...keys].sort()
    const what = table.slice(0, -1) as Difference['what']
    return names.map((name) =>
      row(
        what,
        name,
        maps.map((map) => map.get(name) ?? null),
      ),
    )
  })
  const different = logged.filter(({ differs }) => differs)
  return [...about, ...different, ...(all ? logged.filter(({ differs }) => !differs) : [])]
}

/** A column for each run, headed by as much of its id as tells it from the others. */
export function comparisonColumns(result: unknown): readonly Column[] {
  const [first] = result as readonly Difference[]
  const ids = Object.keys(first?.values ?? {})
  const isShown = (letters: number) => new Set(ids.map((id) => id.slice(0, letters))).size === ids.length
  let letters = LEAST_LETTERS
  while (!isShown(letters)) letters++
  const hasAlike = (result as readonly Difference[]).some(({ what, differs }) => what !== 'run' && !differs)
  return [
    { title: 'What', path: 'what' },
    { title: 'Name', path: 'name' },
    ...(hasAlike ? [{ title: 'Differs', path: 'differs', as: 'mark' } as const] : []),
    ...ids.map((id) => ({ title: id.slice(0, letters), path: `values.${id}` })),
  ]
}
