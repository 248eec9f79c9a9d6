import { type Caller, invalid } from '@orrery/base/kernel'
import type { Database, Reads } from '@orrery/drivers/db'
import { sql } from 'kysely'
import { mustReachRun } from '../runs/find-run.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { type FoundSeries, findSeries } from './find-series.ts'
import { type Point, type Position, storedValue } from './point.ts'

export interface HistoryPage {
  readonly points: readonly Point[]
  readonly nextPageToken?: string
}

interface Asked {
  readonly runId: string
  readonly key: string
  /** All points, up to `UNASKED_LIMIT`, if left out. */
  readonly maxResults?: number
  readonly pageToken?: string
}

/** A page that nobody limited ends here, with a token: MLflow reads a history of any length into memory. */
const UNASKED_LIMIT = 250_000

/** The points of one metric by timestamp, step and value. Pages go on behind the last point, so they stay right while points are added. */
export function makeGetMetricHistory({ db }: { db: Database }) {
  return async function getMetricHistory(caller: Caller, asked: Asked): Promise<HistoryPage> {
    const limit = checkMaxResults(asked.maxResults)
    const after = asked.pageToken ? parseToken(asked.pageToken) : undefined
    await mustReachRun(db.read, caller, asked.runId)
    const [series] = await findSeries(db.read, caller, [asked.runId], [asked.key])
    if (series === undefined) return { points: [] }
    const points = await db.scan((reads) => readHistory(reads, series, limit + 1, after))
    if (points.length <= limit) return { points }
    points.length = limit
    return { points, nextPageToken: tokenFor(points.at(-1)!) }
  }
}

/** Points in MLflow's order, beginning behind a given one. */
export async function readHistory(
  reads: Reads,
  series: FoundSeries,
  limit: number,
  after?: Position,
): Promise<Point[]> {
  // Where time rises with the steps, the table lies in this order already and nothing is sorted.
  const order =
    series.inTimeOrder === 1
      ? (['step', 'timestamp', 'value', 'nan'] as const)
      : (['timestamp', 'step', 'value', 'nan'] as const)
  let query = reads
    .tables<TrackingTables>()
    .selectFrom('points')
    .select(['step', 'timestamp', 'value', 'nan'])
    .where('series_key', '=', series.seriesKey)
    .limit(limit)
  if (after !== undefined) {
    const [step, timestamp, value, nan] = after
    const bound = { step, timestamp, value, nan }
    query = query.where(
      sql<boolean>`(${sql.join(order.map((column) => sql.ref(column)))}) > (${sql.join(order.map((column) => bound[column]))})`,
    )
  }
  for (const column of order) query = query.orderBy(column)
  const rows = await query.execute()
  return rows.map((row) => ({
    key: series.key,
    value: storedValue(row),
    timestamp: row.timestamp,
    step: row.step,
  }))
}

function checkMaxResults(given: number | undefined): number {
  if (given === undefined) return UNASKED_LIMIT
  if (given > 0) return Math.min(given, UNASKED_LIMIT)
  throw invalid(`Invalid value ${given} for parameter 'max_results' supplied. It must be a positive integer.`)
}

function tokenFor({ step, timestamp, value }: Point): string {
  const nan = Number.isNaN(value)
  return Buffer.from(JSON.stringify([step, timestamp, nan ? 0 : value, nan ? 1 : 0])).toString('base64url')
}

function parseToken(token: string): Position {
  let position: unknown
  try {
    position = JSON.parse(Buffer.from(token, 'base64url').toString())
  } catch {
    position = undefined
  }
  if (Array.isArray(position) && position.length === 4 && position.every(Number.isFinite)) {
    const [step, timestamp, value, nan] = position as [number, number, number, number]
    if ([step, timestamp, nan].every(Number.isSafeInteger)) return [step, timestamp, value, nan]
  }
  throw invalid(
    `Invalid page token ${JSON.stringify(token.slice(0, 100))}.`,
    'Send the next_page_token of the page before, or none for the first page.',
  )
}
