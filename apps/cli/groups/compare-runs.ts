import type { Context } from '../context.ts'
import { CliError } from '../exit-codes.ts'
import { runIdOf } from './find-run.ts'

interface Given {
  readonly runs: readonly string[]
  readonly experiment: string | undefined
  readonly all: boolean
}

/** One param, metric or tag; `values` in the order of the runs that were named, null where a run has none. */
export interface Difference {
  readonly what: 'param' | 'metric' | 'tag'
  readonly name: string
  readonly values: readonly (string | number | null)[]
}

export const DIFFERENCE_COLUMNS = [
  { title: 'What', path: 'what' },
  { title: 'Name', path: 'name' },
  { title: 'Values', path: 'values' },
] as const

const MOST_RUNS = 20

export async function compareRuns(context: Context, { runs, experiment, all }: Given): Promise<Difference[]> {
  if (runs.length < 2 || runs.length > MOST_RUNS) {
    throw new CliError('USAGE', `${runs.length} runs cannot be compared; give 2 to ${MOST_RUNS}.`)
  }
  const { orrery, signal } = context
  const client = await orrery()
  const found = await Promise.all(
    runs.map(async (text) => {
      const run_id = await runIdOf(context, text, experiment)
      return (await client.runs.get({ run_id }, { signal })).run.data
    }),
  )
  const rows = (['params', 'metrics', 'tags'] as const).flatMap((table) => {
    const maps = found.map(
      (data) => new Map((data[table] ?? []).map(({ key, value }) => [key ?? '', value ?? null])),
    )
    const names = [...new Set(maps.flatMap((map) => [...map.keys()]))].sort()
    const what = table.slice(0, -1) as Difference['what']
    return names.map((name) => ({ what, name, values: maps.map((map) => map.get(name) ?? null) }))
  })
  return all ? rows : rows.filter(({ values }) => new Set(values.map(String)).size > 1)
}
