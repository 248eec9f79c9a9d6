import type { BulkInsert, Database, Value } from '@orrery/drivers/db'
import { sql } from 'kysely'

export interface FillPointsOptions {
  /** Runs that exist, by their external ids; each gets one series of every key. */
  readonly runIds: readonly string[]
  readonly keys: readonly string[]
  readonly pointsPerSeries: number
}

const STARTED_AT = 1_700_000_000_000
const MARK_EVERY = 64
/** Points of one series at a time: they come in turns, as from trainings that run together, and the pages lie so. */
const STRETCH = 4_000

const seriesRows: BulkInsert = {
  table: 'series',
  columns: { run_key: 'int', key: 'text', points: 'int', marked: 'int', in_time_order: 'int' },
  key: ['run_key', 'key'],
  onClash: 'fail',
}

const position = { step: 'int', timestamp: 'int', value: 'real', nan: 'int' } as const

const pointRows: BulkInsert = {
  table: 'points',
  columns: { series_key: 'int', ...position },
  key: ['series_key', 'step', 'timestamp', 'value', 'nan'],
  onClash: 'fail',
}

const markRows: BulkInsert = {
  table: 'marks',
  columns: { series_key: 'int', rank: 'int', ...position },
  key: ['series_key', 'rank'],
  onClash: 'fail',
}

/** Gives runs long series, past every verb: about 700,000 points a second. Latest values are not made. */
export async function fillPoints(db: Database, options: FillPointsOptions): Promise<void> {
  const series = await addSeries(db, options)
  for (let first = 0; first < options.pointsPerSeries; first += STRETCH) {
    const end = Math.min(first + STRETCH, options.pointsPerSeries)
    for (const key of series) {
      const points = Array.from({ length: end - first }, (_, at) => pointOf(key, first + at))
      const marks = points
        .map(([, ...at], n) => [key, first + n, ...at])
        .filter(([, rank]) => (rank as number) % MARK_EVERY === 0)
      await db.inTx(async (tx) => {
        await tx.bulk(pointRows, points)
        await tx.bulk(markRows, marks)
      })
    }
  }
}

async function addSeries(
  db: Database,
  { runIds, keys, pointsPerSeries }: FillPointsOptions,
): Promise<number[]> {
  const marked = Math.ceil(pointsPerSeries / MARK_EVERY) * MARK_EVERY
  return db.inTx(async (tx) => {
    const tables = tx.tables<never>()
    for (const runId of runIds) {
      const { rows } = await sql<{
        key: number
      }>`select run_key as key from runs where run_id = ${runId}`.execute(tables)
      await tx.bulk(
        seriesRows,
        keys.map((key) => [rows[0]!.key, key, pointsPerSeries, marked, 1]),
      )
    }
    const { rows } = await sql<{ key: number }>`select series_key as key from series order by key`.execute(
      tables,
    )
    return rows.map(({ key }) => key)
  })
}

/** A loss that falls, with a ripple that is no two points the same. */
function pointOf(series: number, step: number): Value[] {
  const value = 1 / (1 + step / 50_000) + Math.sin(step * 12.9898 + series) / 10
  return [series, step, STARTED_AT + step * 100, value, 0]
}
