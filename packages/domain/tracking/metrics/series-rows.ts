import { type BulkInsert, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import type { Position } from './point.ts'

/** What a write needs to know of a series: its length, below which rank its marks are right, and its last point. */
export interface SeriesRow {
  readonly seriesKey: number
  readonly key: string
  readonly points: number
  readonly marked: number
  readonly inTimeOrder: number
  /** Null for a series without points. */
  readonly step: number | null
  readonly timestamp: number | null
  readonly value: number | null
  readonly nan: number | null
}

const selectSeries = (k: Kysely<TrackingTables>, run: number) =>
  k
    .selectFrom('series')
    .leftJoin('latest', (join) =>
      join.onRef('latest.run_key', '=', 'series.run_key').onRef('latest.key', '=', 'series.key'),
    )
    .select([
      'series.series_key as seriesKey',
      'series.key as key',
      'series.points as points',
      'series.marked as marked',
      'series.in_time_order as inTimeOrder',
      'latest.step as step',
      'latest.timestamp as timestamp',
      'latest.value as value',
      'latest.nan as nan',
    ])
    .where('series.run_key', '=', run)

export const seriesByKey = statement(
  'tracking.series-by-key',
  (k: Kysely<TrackingTables>, p: { run: number; key: string }) =>
    selectSeries(k, p.run).where('series.key', '=', p.key),
)

export const seriesAmong = statement(
  'tracking.series-among',
  (k: Kysely<TrackingTables>, p: { run: number; keys: readonly string[] }, words) =>
    selectSeries(k, p.run).where(words.among(sql.ref('series.key'), p.keys)),
)

/** New series, empty. */
export const newSeries: BulkInsert = {
  table: 'series',
  columns: { run_key: 'int', key: 'text', points: 'int', marked: 'int', in_time_order: 'int' },
  key: ['run_key', 'key'],
  onClash: 'ignore',
}

/** The counts of series that exist; goes by (run, key), so that one insert serves many series. */
export const seriesCounts: BulkInsert = { ...newSeries, onClash: 'replace' }

/** The counts of one series: spares the insert that is bound to clash, which on SQLite also writes the key sequence. */
export const seriesCount = statement(
  'tracking.series-count',
  (k: Kysely<TrackingTables>, p: { series: number; points: number; marked: number; inTimeOrder: number }) =>
    k
      .updateTable('series')
      .set({ points: p.points, marked: p.marked, in_time_order: p.inTimeOrder })
      .where('series_key', '=', p.series),
)

export const newPoints: BulkInsert = {
  table: 'points',
  columns: { series_key: 'int', step: 'int', timestamp: 'int', value: 'real', nan: 'int' },
  key: ['series_key', 'step', 'timestamp', 'value', 'nan'],
  onClash: 'ignore',
}

/** Points behind the last one of their series cannot clash; PostgreSQL inserts them 16 % cheaper for knowing it. */
export const appendedPoints: BulkInsert = { ...newPoints, onClash: 'fail' }

export const latestValues: BulkInsert = {
  table: 'latest',
  columns: {
    run_key: 'int',
    key: 'text',
    experiment_key: 'int',
    step: 'int',
    timestamp: 'int',
    value: 'real',
    nan: 'int',
  },
  key: ['run_key', 'key'],
  onClash: 'replace',
}

export const newMarks: BulkInsert = {
  table: 'marks',
  columns: { series_key: 'int', rank: 'int', step: 'int', timestamp: 'int', value: 'real', nan: 'int' },
  key: ['series_key', 'rank'],
  onClash: 'replace',
}

/** `(step, timestamp, value, nan) >= (…)` as one comparison, which both engines answer from the key's index. */
export const fromPosition = (p: { step: number; timestamp: number; value: number; nan: number }) =>
  sql<boolean>`(step, timestamp, value, nan) >= (${p.step}, ${p.timestamp}, ${p.value}, ${p.nan})`

export const positionOfRow = (row: {
  step: number
  timestamp: number
  value: number
  nan: number
}): Position => [row.step, row.timestamp, row.value, row.nan]
