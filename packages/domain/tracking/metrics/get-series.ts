import { type Caller, invalid } from '@orrery/base/kernel'
import { type Database, type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import { type FoundSeries, findSeries } from './find-series.ts'
import { storedValue } from './point.ts'
import type { StoredPoint } from './ranks.ts'

interface Asked {
  readonly runIds: readonly string[]
  readonly keys: readonly string[]
  /** Buckets per series, at most. @default 500 */
  readonly maxBuckets?: number
  /** Steps outside are left out; either side may be open. */
  readonly startStep?: number
  readonly endStep?: number
}

/**
 * A series in columns, one entry a bucket. A bucket holds the points of `width` steps, and begins at a multiple of
 * it; widths are powers of two. So while points are added at the end, finished buckets never change: a chart can
 * keep them and ask for the last ones only.
 */
export interface BucketedSeries {
  readonly runId: string
  readonly key: string
  /** Points of the whole series, also outside the asked steps. */
  readonly points: number
  readonly width: number
  /** First step that belongs to the bucket (not: that was logged). */
  readonly steps: readonly number[]
  readonly counts: readonly number[]
  /** Smallest and largest value; null where all are NaN. */
  readonly mins: readonly (number | null)[]
  readonly maxs: readonly (number | null)[]
  /** Value, timestamp and step of the last point; the value is null where it is NaN. */
  readonly lasts: readonly (number | null)[]
  readonly lastTimestamps: readonly number[]
  readonly lastSteps: readonly number[]
}

interface Bucket {
  readonly bucket: number
  readonly count: number
  readonly min: number | null
  readonly max: number | null
}

const MAX_SERIES = 500
const MAX_BUCKETS = 2500
const DEFAULT_BUCKETS = 500

/** Widest bucket: 2^52 steps, more than which no two steps lie apart here. */
const MAX_SHIFT = 52

const firstStep = statement(
  'tracking.first-step',
  (k: Kysely<TrackingTables>, p: Span & { series: number }) => selectSpan(k, p).orderBy('step').limit(1),
)

const lastStep = statement('tracking.last-step', (k: Kysely<TrackingTables>, p: Span & { series: number }) =>
  selectSpan(k, p).orderBy('step', 'desc').limit(1),
)

const lastOfBucket = statement(
  'tracking.last-of-bucket',
  (k: Kysely<TrackingTables>, p: { series: number; below: number }) =>
    k
      .selectFrom('points')
      .select(['step', 'timestamp', 'value', 'nan'])
      .where('series_key', '=', p.series)
      .where('step', '<', p.below)
      .orderBy('step', 'desc')
      .orderBy('timestamp', 'desc')
      .orderBy('value', 'desc')
      .orderBy('nan', 'desc')
      .limit(1),
)

interface Span {
  readonly start: number
  readonly end: number
}

const selectSpan = (k: Kysely<TrackingTables>, p: Span & { series: number }) =>
  k
    .selectFrom('points')
    .select('step')
    .where('series_key', '=', p.series)
    .where('step', '>=', p.start)
    .where('step', '<=', p.end)

/** Many series at once, thinned for charts without losing a peak. */
export function makeGetSeries({ db }: { db: Database }) {
  return async function getSeries(caller: Caller, asked: Asked): Promise<BucketedSeries[]> {
    const max = check(asked)
    const span: Span = {
      start: asked.startStep ?? Number.MIN_SAFE_INTEGER,
      end: asked.endStep ?? Number.MAX_SAFE_INTEGER,
    }
    const found = await findSeries(db.read, caller, asked.runIds, asked.keys)
    if (found.length > MAX_SERIES) {
      throw invalid(`These runs and keys make ${found.length} series; ${MAX_SERIES} can be read in one call.`)
    }
    return db.scan(async (reads) => {
      const all: BucketedSeries[] = []
      for (const series of found) all.push(await bucketed(reads, series, span, max))
      return all
    })
  }
}

async function bucketed(reads: Reads, series: FoundSeries, span: Span, max: number): Promise<BucketedSeries> {
  const bound = { series: series.seriesKey, ...span }
  const first = await reads.first(firstStep, bound)
  const last = await reads.first(lastStep, bound)
  if (first === undefined || last === undefined) return columns(series, 1, [], [])
  const shift = shiftFor(first.step, last.step, max)
  const width = 2 ** shift
  const buckets = await readBuckets(reads, series.seriesKey, shift, { start: first.step, end: last.step })
  const lasts = await reads.each(
    lastOfBucket,
    buckets.map(({ bucket }) => ({
      series: series.seriesKey,
      below: Math.min((bucket + 1) * width, last.step + 1),
    })),
  )
  return columns(series, width, buckets, lasts as StoredPoint[])
}

/** The smallest power of two that makes at most `max` buckets of these steps. */
export function shiftFor(first: number, last: number, max: number): number {
  let shift = 0
  while (shift < MAX_SHIFT && Math.floor(last / 2 ** shift) - Math.floor(first / 2 ** shift) >= max) shift++
  return shift
}

function readBuckets(reads: Reads, series: number, shift: number, span: Span): Promise<Bucket[]> {
  const sane = sql<number | null>`case when nan = 0 then value end`
  return reads
    .tables<TrackingTables>()
    .selectFrom('points')
    .select((e) => [
      sql<number>`step >> ${sql.lit(shift)}`.as('bucket'),
      e.fn.countAll<number>().as('count'),
      e.fn.min<number | null>(sane).as('min'),
      e.fn.max<number | null>(sane).as('max'),
    ])
    .where('series_key', '=', series)
    .where('step', '>=', span.start)
    .where('step', '<=', span.end)
    .groupBy('bucket')
    .orderBy('bucket')
    .execute()
}

function columns(
  { runId, key, points }: FoundSeries,
  width: number,
  buckets: readonly Bucket[],
  lasts: readonly StoredPoint[],
): BucketedSeries {
  return {
    runId,
    key,
    points,
    width,
    steps: buckets.map(({ bucket }) => bucket * width),
    counts: buckets.map(({ count }) => Number(count)),
    mins: buckets.map(({ min }) => min),
    maxs: buckets.map(({ max }) => max),
    lasts: lasts.map((row) => (row.nan === 1 ? null : storedValue(row))),
    lastTimestamps: lasts.map(({ timestamp }) => timestamp),
    lastSteps: lasts.map(({ step }) => step),
  }
}

function check({ runIds, keys, maxBuckets = DEFAULT_BUCKETS, startStep, endStep }: Asked): number {
  if (runIds.length === 0 || runIds.length > MAX_SERIES) {
    throw invalid(`'run_ids' names ${runIds.length} runs; 1 to ${MAX_SERIES} are allowed.`)
  }
  if (keys.length === 0 || keys.length > MAX_SERIES) {
    throw invalid(`'keys' names ${keys.length} metrics; 1 to ${MAX_SERIES} are allowed.`)
  }
  if (maxBuckets < 1 || maxBuckets > MAX_BUCKETS) {
    throw invalid(`'max_buckets' is ${maxBuckets}; 1 to ${MAX_BUCKETS} are allowed.`)
  }
  if (startStep !== undefined && endStep !== undefined && startStep > endStep) {
    throw invalid(`'start_step' (${startStep}) lies behind 'end_step' (${endStep}).`)
  }
  return maxBuckets
}
