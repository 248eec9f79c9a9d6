import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import type { FoundSeries } from './find-series.ts'
import { lastMarkBefore, MARK_EVERY } from './marks.ts'

/** A point as it lies in the table. */
export interface StoredPoint {
  readonly step: number
  readonly timestamp: number
  readonly value: number
  readonly nan: number
}

const COLUMNS = ['step', 'timestamp', 'value', 'nan'] as const

const pointAtRank = statement(
  'tracking.point-at-rank',
  (k: Kysely<TrackingTables>, p: { series: number; mark: number; skip: number }) =>
    k
      .selectFrom('points')
      .select(COLUMNS)
      .where('series_key', '=', p.series)
      .where(
        sql<boolean>`(step, timestamp, value, nan) >= (select m.step, m.timestamp, m.value, m.nan from marks as m where m.series_key = ${p.series} and m.rank = ${p.mark})`,
      )
      .orderBy('step')
      .orderBy('timestamp')
      .orderBy('value')
      .orderBy('nan')
      .limit(1)
      .offset(p.skip),
)

const countFromMark = statement(
  'tracking.count-from-mark',
  (k: Kysely<TrackingTables>, p: { series: number; mark: number; step: number }) =>
    k
      .selectFrom('points')
      .select((e) => e.fn.countAll<number>().as('count'))
      .where('series_key', '=', p.series)
      .where('step', '<', p.step)
      .where(
        sql<boolean>`(step, timestamp, value, nan) >= (select m.step, m.timestamp, m.value, m.nan from marks as m where m.series_key = ${p.series} and m.rank = ${p.mark})`,
      ),
)

/**
 * The points of these ranks, in their order. With its marks whole, a series of any length is read in about 3 µs a
 * point; while marks are being put back, it is counted through once.
 */
export async function readRanks(
  reads: Reads,
  series: FoundSeries,
  ranks: readonly number[],
): Promise<StoredPoint[]> {
  if (series.marked < series.points) return countThrough(reads, series, ranks)
  const rows = await reads.each(
    pointAtRank,
    ranks.map((rank) => {
      const skip = rank % MARK_EVERY
      return { series: series.seriesKey, mark: rank - skip, skip }
    }),
  )
  return rows.filter((row) => row !== undefined)
}

async function countThrough(
  reads: Reads,
  series: FoundSeries,
  ranks: readonly number[],
): Promise<StoredPoint[]> {
  return reads
    .tables<TrackingTables>()
    .with('ranked', (k) =>
      k
        .selectFrom('points')
        .select([
          ...COLUMNS,
          sql<number>`row_number() over (order by step, timestamp, value, nan) - 1`.as('rank'),
        ])
        .where('series_key', '=', series.seriesKey),
    )
    .selectFrom('ranked')
    .select(COLUMNS)
    .where(reads.words.among(sql.ref('rank'), ranks))
    .orderBy('rank')
    .execute()
}

/** How many points of a series have a step below the given one. */
export async function rankOfStep(reads: Reads, series: FoundSeries, step: number): Promise<number> {
  if (series.marked < series.points) return countBelow(reads, series, step)
  const before = await lastMarkBefore(reads, series.seriesKey, series.marked, [
    step,
    Number.MIN_SAFE_INTEGER,
    -Number.MAX_VALUE,
    0,
  ])
  if (before === -1) return 0
  const mark = before * MARK_EVERY
  const row = await reads.first(countFromMark, { series: series.seriesKey, mark, step })
  return mark + Number(row!.count)
}

async function countBelow(reads: Reads, series: FoundSeries, step: number): Promise<number> {
  const row = await reads
    .tables<TrackingTables>()
    .selectFrom('points')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('series_key', '=', series.seriesKey)
    .where('step', '<', step)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}
