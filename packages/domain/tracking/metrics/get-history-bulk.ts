import { type Caller, invalid } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { findSeries } from './find-series.ts'
import { readHistory } from './get-history.ts'
import type { Point } from './point.ts'

export interface PointOfRun extends Point {
  readonly runId: string
}

const MAX_RUNS = 100
const MAX_RESULTS = 25_000

/** The points of one metric of many runs: by run id, then timestamp, step and value, at most 25,000 altogether. */
export function makeGetMetricHistoryBulk({ db }: { db: Database }) {
  return async function getMetricHistoryBulk(
    caller: Caller,
    asked: { runIds: readonly string[]; key: string; maxResults?: number },
  ): Promise<PointOfRun[]> {
    if (asked.runIds.length > MAX_RUNS) {
      throw invalid(
        `GetMetricHistoryBulk request cannot specify more than ${MAX_RUNS} run_ids. Received ${asked.runIds.length} run_ids.`,
      )
    }
    const limit = Math.min(asked.maxResults ?? MAX_RESULTS, MAX_RESULTS)
    if (limit <= 0)
      throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied. It must be positive.`)
    const found = await findSeries(db.read, caller, asked.runIds, [asked.key])
    found.sort((a, b) => (a.runId < b.runId ? -1 : 1))
    return db.scan(async (reads) => {
      const points: PointOfRun[] = []
      for (const series of found) {
        if (points.length >= limit) break
        const more = await readHistory(reads, series, limit - points.length)
        for (const point of more) points.push({ ...point, runId: series.runId })
      }
      return points
    })
  }
}
