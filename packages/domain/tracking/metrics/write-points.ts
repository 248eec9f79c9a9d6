import type { Tx } from '@orrery/drivers/db'
import type { FoundRun } from '../runs/find-run.ts'
import { dropMarksBehind, MARK_EVERY, repairMarks } from './marks.ts'
import { comparePositions, type Point, type Position, positionOf } from './point.ts'
import {
  appendedPoints,
  latestValues,
  newMarks,
  newPoints,
  newSeries,
  type SeriesRow,
  seriesAmong,
  seriesByKey,
  seriesCount,
  seriesCounts,
} from './series-rows.ts'

/*
 * The hot path. Points nearly always come after the last one of their series: those need one insert each and no
 * look at the rest of the series, however long it is. Only points at or before the last one are asked whether
 * they are new, so a batch that is sent again leaves nothing behind and costs no more than the first time.
 */

/** What changes in one series. */
interface Growth {
  readonly series: SeriesRow
  /** In order, all behind the present last point: certainly new. */
  readonly appended: readonly Position[]
  /** At or before the present last point: new or duplicates. */
  readonly late: readonly Position[]
}

/** How a series stands after its growth. */
interface Counts {
  readonly series: SeriesRow
  readonly points: number
  readonly marked: number
  readonly inTimeOrder: number
}

/** Adds points to the series of a run that this transaction has taken. */
export async function writePoints(tx: Tx, run: FoundRun, points: readonly Point[]): Promise<void> {
  const byKey = groupByKey(points)
  const series = await takeSeries(tx, run.key, Array.from(byKey.keys()))
  const growths = series.map((row) => split(row, byKey.get(row.key)!))

  await tx.bulk(
    appendedPoints,
    growths.flatMap(({ series: { seriesKey }, appended }) => appended.map((at) => [seriesKey, ...at])),
  )
  const lateInserted = await insertLate(tx, growths)
  await settleSeries(tx, run, growths, lateInserted)
}

function groupByKey(points: readonly Point[]): Map<string, Position[]> {
  const byKey = new Map<string, Position[]>()
  for (const point of points) {
    const at = positionOf(point)
    const row = byKey.get(point.key)
    if (row === undefined) byKey.set(point.key, [at])
    else row.push(at)
  }
  return byKey
}

/** The series of these keys, made where they are missing. */
async function takeSeries(tx: Tx, run: number, keys: readonly string[]): Promise<readonly SeriesRow[]> {
  const found = await readSeries(tx, run, keys)
  if (found.length === keys.length) return found
  const known = new Set(found.map((row) => row.key))
  const missing = keys.filter((key) => !known.has(key))
  await tx.bulk(
    newSeries,
    missing.map((key) => [run, key, 0, 0, 1]),
  )
  return [...found, ...(await readSeries(tx, run, missing))]
}

function readSeries(tx: Tx, run: number, keys: readonly string[]): Promise<SeriesRow[]> {
  return keys.length === 1 ? tx.all(seriesByKey, { run, key: keys[0]! }) : tx.all(seriesAmong, { run, keys })
}

function split(series: SeriesRow, positions: Position[]): Growth {
  positions.sort(comparePositions)
  const distinct = positions.filter((at, i) => i === 0 || comparePositions(positions[i - 1]!, at) !== 0)
  const last = lastOf(series)
  if (last === undefined) return { series, appended: distinct, late: [] }
  const from = distinct.findIndex((at) => comparePositions(at, last) > 0)
  return from === -1
    ? { series, appended: [], late: distinct }
    : { series, appended: distinct.slice(from), late: distinct.slice(0, from) }
}

function lastOf(series: SeriesRow): Position | undefined {
  return series.step === null ? undefined : [series.step, series.timestamp!, series.value!, series.nan!]
}

/** Inserts what may be duplicates. @returns for each series key the new ones among them, in order */
async function insertLate(tx: Tx, growths: readonly Growth[]): Promise<Map<number, Position[]>> {
  const rows = growths.flatMap(({ series: { seriesKey }, late }) => late.map((at) => ({ seriesKey, at })))
  const inserted = new Map<number, Position[]>()
  if (rows.length === 0) return inserted
  const marked = await tx.bulkMarked(
    newPoints,
    rows.map(({ seriesKey, at }) => [seriesKey, ...at]),
  )
  for (const [i, { seriesKey, at }] of rows.entries()) {
    if (marked[i] !== 1) continue
    const list = inserted.get(seriesKey)
    if (list === undefined) inserted.set(seriesKey, [at])
    else list.push(at)
  }
  return inserted
}

/** Brings counts, marks and latest values up to date. */
async function settleSeries(
  tx: Tx,
  run: FoundRun,
  growths: readonly Growth[],
  lateInserted: ReadonlyMap<number, readonly Position[]>,
): Promise<void> {
  const counts: Counts[] = []
  const marks: (readonly number[])[] = []
  const latest: (readonly (string | number)[])[] = []
  for (const { series, appended } of growths) {
    const late = lateInserted.get(series.seriesKey) ?? []
    if (appended.length === 0 && late.length === 0) continue
    const settled = await settleMarks(tx, series, appended, late, marks)
    const inOrder = late.length === 0 && series.inTimeOrder === 1 && timesRise(lastOf(series), appended)
    counts.push({ series, ...settled, inTimeOrder: inOrder ? 1 : 0 })
    const last = appended.at(-1)
    if (last !== undefined) latest.push([run.key, series.key, run.experimentKey, ...last])
  }
  if (marks.length > 0) await tx.bulk(newMarks, marks)
  await writeCounts(tx, run, counts)
  if (latest.length > 0) await tx.bulk(latestValues, latest)
}

async function writeCounts(tx: Tx, run: FoundRun, counts: readonly Counts[]): Promise<void> {
  const [first] = counts
  if (first === undefined) return
  if (counts.length === 1) {
    await tx.run(seriesCount, { ...first, series: first.series.seriesKey })
    return
  }
  await tx.bulk(
    seriesCounts,
    counts.map(({ series, points, marked, inTimeOrder }) => [
      run.key,
      series.key,
      points,
      marked,
      inTimeOrder,
    ]),
  )
}

/** @returns the new counts; marks of appended points are added to `marks`, others are written on the way */
async function settleMarks(
  tx: Tx,
  series: SeriesRow,
  appended: readonly Position[],
  late: readonly Position[],
  marks: (readonly number[])[],
): Promise<{ points: number; marked: number }> {
  const points = series.points + late.length + appended.length
  let marked = series.marked
  if (late.length > 0) marked = await dropMarksBehind(tx, series.seriesKey, marked, late[0]!)
  if (late.length > 0 || marked < series.points) {
    return { points, marked: await repairMarks(tx, series.seriesKey, marked, points) }
  }
  for (; marked < points; marked += MARK_EVERY) {
    marks.push([series.seriesKey, marked, ...appended[marked - series.points]!])
  }
  return { points, marked }
}

/** Whether timestamps never fall along the order of steps: then the history lies in the table as MLflow lists it. */
function timesRise(last: Position | undefined, appended: readonly Position[]): boolean {
  let previous = last?.[1] ?? Number.MIN_SAFE_INTEGER
  for (const [, timestamp] of appended) {
    if (timestamp < previous) return false
    previous = timestamp
  }
  return true
}
