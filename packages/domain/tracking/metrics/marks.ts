import { type Reads, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import { comparePositions, type Position } from './point.ts'
import { fromPosition, newMarks, positionOfRow } from './series-rows.ts'

/** How many points lie between two marks. Reading the n-th point walks over at most this many. */
export const MARK_EVERY = 64

/** How many lost marks a write puts back on its way: 8 cost about 0.1 ms. */
const REPAIRED_PER_WRITE = 8

const markAt = statement(
  'tracking.mark-at',
  (k: Kysely<TrackingTables>, p: { series: number; rank: number }) =>
    k
      .selectFrom('marks')
      .select(['step', 'timestamp', 'value', 'nan'])
      .where('series_key', '=', p.series)
      .where('rank', '=', p.rank),
)

const dropMarksFrom = statement(
  'tracking.drop-marks-from',
  (k: Kysely<TrackingTables>, p: { series: number; rank: number }) =>
    k.deleteFrom('marks').where('series_key', '=', p.series).where('rank', '>=', p.rank),
)

type At = { series: number; step: number; timestamp: number; value: number; nan: number; skip: number }

const pointAfter = statement('tracking.point-after', (k: Kysely<TrackingTables>, p: At) =>
  k
    .selectFrom('points')
    .select(['step', 'timestamp', 'value', 'nan'])
    .where('series_key', '=', p.series)
    .where(fromPosition(p))
    .orderBy('step')
    .orderBy('timestamp')
    .orderBy('value')
    .orderBy('nan')
    .limit(1)
    .offset(p.skip),
)

export async function readMark(reads: Reads, series: number, rank: number): Promise<Position | undefined> {
  const row = await reads.first(markAt, { series, rank })
  return row && positionOfRow(row)
}

/** The point that comes `skip` points after a given one. */
export async function readAfter(
  reads: Reads,
  series: number,
  [step, timestamp, value, nan]: Position,
  skip: number,
): Promise<Position | undefined> {
  const row = await reads.first(pointAfter, { series, step, timestamp, value, nan, skip })
  return row && positionOfRow(row)
}

/** The last mark that does not lie behind a position, by halving: 14 reads for a million points. -1 if all lie behind it. */
export async function lastMarkBefore(
  reads: Reads,
  series: number,
  marked: number,
  position: Position,
): Promise<number> {
  let low = -1
  let high = marked / MARK_EVERY
  while (high - low > 1) {
    const middle = (low + high) >> 1
    const mark = await readMark(reads, series, middle * MARK_EVERY)
    if (mark !== undefined && comparePositions(mark, position) <= 0) low = middle
    else high = middle
  }
  return low
}

/**
 * A point has come in between: the marks behind it are one off, so they go.
 *
 * @returns up to which rank the marks are right now
 */
export async function dropMarksBehind(
  tx: Tx,
  series: number,
  marked: number,
  position: Position,
): Promise<number> {
  const kept = (await lastMarkBefore(tx, series, marked, position)) + 1
  const rank = kept * MARK_EVERY
  if (rank < marked) await tx.run(dropMarksFrom, { series, rank })
  return rank
}

/**
 * Puts lost marks back, a few at a time.
 *
 * @param marked up to which rank the marks are right
 * @param points how many points the series has
 * @returns up to which rank they are right now
 */
export async function repairMarks(tx: Tx, series: number, marked: number, points: number): Promise<number> {
  const rows: (readonly number[])[] = []
  let previous = marked === 0 ? undefined : await readMark(tx, series, marked - MARK_EVERY)
  let rank = marked
  for (; rank < points && rows.length < REPAIRED_PER_WRITE; rank += MARK_EVERY) {
    previous =
      previous === undefined
        ? await readAfter(tx, series, FIRST, 0)
        : await readAfter(tx, series, previous, MARK_EVERY)
    if (previous === undefined)
      throw new Error(`series ${series} has fewer than ${rank} of its ${points} points`)
    rows.push([series, rank, ...previous])
  }
  if (rows.length > 0) await tx.bulk(newMarks, rows)
  return rank
}

/** Before every point. */
export const FIRST: Position = [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, -Number.MAX_VALUE, 0]
