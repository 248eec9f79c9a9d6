import { type Caller, invalid } from '@orrery/base/kernel'
import type { Database, Reads } from '@orrery/drivers/db'
import { type FoundSeries, findSeries } from './find-series.ts'
import type { PointOfRun } from './get-history-bulk.ts'
import { storedValue } from './point.ts'
import { rankOfStep, readRanks } from './ranks.ts'

interface Asked {
  readonly runIds: readonly string[]
  readonly key: string
  /** Points per run, 1 to 2,500. @default 2500 */
  readonly maxResults?: number
  /** Both or neither; steps outside are left out. */
  readonly startStep?: number
  readonly endStep?: number
}

const MAX_RUNS = 100
const MAX_RESULTS = 2500

/** Evenly sampled points for plots: MLflow's exact rows, in the order of the asked runs and then of steps. */
export function makeGetMetricInterval({ db }: { db: Database }) {
  return async function getMetricInterval(caller: Caller, asked: Asked): Promise<PointOfRun[]> {
    const max = check(asked)
    const found = await findSeries(db.read, caller, asked.runIds, [asked.key])
    const byRun = new Map(found.map((series) => [series.runId, series]))
    return db.scan(async (reads) => {
      const points: PointOfRun[] = []
      for (const runId of asked.runIds) {
        const series = byRun.get(runId)
        if (series === undefined) continue
        for (const row of await sample(reads, series, max, asked)) {
          points.push({
            key: series.key,
            value: storedValue(row),
            timestamp: row.timestamp,
            step: row.step,
            runId,
          })
        }
      }
      return points
    })
  }
}

async function sample(reads: Reads, series: FoundSeries, max: number, { startStep, endStep }: Asked) {
  if (series.points === 0) return []
  const from = startStep === undefined ? 0 : await rankOfStep(reads, series, startStep)
  const to = endStep === undefined ? series.points : await rankOfStep(reads, series, endStep + 1)
  return readRanks(reads, series, spread(from, to, max))
}

/**
 * The ranks that MLflow's plot call returns of `from` ≤ rank < `to`: the first row of each of `max` buckets as
 * SQL's NTILE makes them (the first `n % max` hold one row more), and the last row in the place of the last pick.
 */
export function spread(from: number, to: number, max: number): number[] {
  const n = to - from
  if (n <= max) return Array.from({ length: Math.max(0, n) }, (_, i) => from + i)
  const size = Math.floor(n / max)
  const larger = n % max
  const ranks = Array.from({ length: max }, (_, bucket) => from + bucket * size + Math.min(bucket, larger))
  ranks[max - 1] = to - 1
  return ranks
}

function check({ runIds, maxResults = MAX_RESULTS, startStep, endStep }: Asked): number {
  if (runIds.length > MAX_RUNS) {
    throw invalid(
      `GetMetricHistoryBulkInterval request must specify at most ${MAX_RUNS} run_ids. Received ${runIds.length} run_ids.`,
    )
  }
  if (maxResults < 1 || maxResults > MAX_RESULTS) {
    throw invalid(`max_results must be between 1 and ${MAX_RESULTS}. Received ${maxResults}.`)
  }
  if ((startStep === undefined) !== (endStep === undefined)) {
    throw invalid('If either start step or end step are specified, both must be specified.')
  }
  if (startStep !== undefined && startStep > endStep!) {
    throw invalid(
      `end_step must be greater than start_step. Found start_step=${startStep} and end_step=${endStep}.`,
    )
  }
  return maxResults
}
