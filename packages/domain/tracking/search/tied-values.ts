import type { Reads } from '@orrery/drivers/db'
import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { all, type Condition } from './conditions.ts'
import { fewRuns } from './rare-metric.ts'
import { askPart, type Hit, type Window } from './run-page.ts'
import type { MetricValues, Part } from './run-parts.ts'

/**
 * The next runs of a part, where many of them may share one value of the metric that orders them: an epoch, a flag.
 * Runs of one value come by their start, of which the metric's index knows nothing, so the engine would sort them
 * all: 1.2 s for 500,000. A value that many share is walked along by start instead, the others as usual.
 */
export async function askWithTies(reads: Reads, part: Part, window: Window): Promise<Hit[]> {
  const { values } = part
  const [experiment, ...more] = window.scope
  if (values === undefined || !part.resumable || experiment === undefined || more.length > 0) {
    return askPart(reads, part, window)
  }
  const few = await fewRuns(reads, window.limit)
  const found: Hit[] = []
  let { from } = window
  let done: number | undefined
  for (;;) {
    const rest = { ...window, from, limit: window.limit - found.length }
    const value = from.after?.[0] ?? (await nextValue(reads, experiment.key, values, done))
    if (typeof value !== 'number' || !(await isShared(reads, experiment.key, values, value, few))) {
      const hits = await askPart(reads, done === undefined ? part : past(part, values, done), rest)
      return [...found, ...hits]
    }
    const tied = { ...rest, from: { ...from, after: from.after?.slice(1) } }
    for (const { key, sortedBy } of await askPart(reads, values.tied(value), tied)) {
      found.push({ key, sortedBy: [value, ...sortedBy] })
    }
    if (found.length >= window.limit) return found
    done = value
    from = { ...from, skip: 0, after: undefined }
  }
}

function past(part: Part, values: MetricValues, value: number): Part {
  return { ...part, conditions: [...part.conditions, beyond(values, value)] }
}

const beyond = ({ descending }: MetricValues, value: number): Condition =>
  descending ? sql<SqlBool>`d.value < ${value}` : sql<SqlBool>`d.value > ${value}`

const numbersOf = (experimentKey: number, { metric, conditions }: MetricValues): RawBuilder<unknown> =>
  sql`latest as d where ${all([
    sql`d.experiment_key = ${experimentKey}`,
    sql`d.key = ${metric}`,
    sql`d.nan = 0`,
    ...conditions,
  ])}`

/** The first value of all, or the first beyond one, in the direction of the order. */
async function nextValue(
  reads: Reads,
  experimentKey: number,
  values: MetricValues,
  done: number | undefined,
): Promise<number | undefined> {
  const further = done === undefined ? sql`` : sql` and ${beyond(values, done)}`
  const direction = values.descending ? sql`desc` : sql`asc`
  const { rows } = await sql<{ value: number }>`select d.value as value
    from ${numbersOf(experimentKey, values)}${further} order by d.value ${direction} limit 1`.execute(
    reads.tables(),
  )
  return rows[0]?.value
}

async function isShared(
  reads: Reads,
  experimentKey: number,
  values: MetricValues,
  value: number,
  few: number,
): Promise<boolean> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from (
      select 1 from ${numbersOf(experimentKey, values)} and d.value = ${value} limit ${few}
    ) as sharing`.execute(reads.tables())
  return Number(rows[0]!.count) >= few
}
