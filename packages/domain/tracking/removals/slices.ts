import { statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, type SqlBool, sql } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'

/** Rows that one slice deletes at most: 2 to 3 µs each on SQLite, so 5 ms is not passed. */
export const SLICE_ROWS = 1000

type Table = keyof TrackingTables

/** Deletes up to `SLICE_ROWS` rows of a table that belong to one owner. Its `key` columns name each row. */
function slice<Owner extends string>(table: Table, owner: Owner, key: readonly string[]) {
  return statement(`tracking.remove-from-${table}`, (k: Kysely<TrackingTables>, p: { target: number }) => {
    const columns = sql.join(key.map((column) => sql.ref(column)))
    const rows = sql`select ${columns} from ${sql.table(table)} where ${sql.ref(owner)} = ${p.target} limit ${sql.lit(SLICE_ROWS)}`
    return k.deleteFrom(table).where(sql<SqlBool>`(${columns}) in (${rows})`)
  })
}

const POINT = ['series_key', 'step', 'timestamp', 'value', 'nan']

const SLICES = {
  series: [slice('points', 'series_key', POINT), slice('marks', 'series_key', ['series_key', 'rank'])],
  run: [
    slice('latest', 'run_key', ['run_key', 'key']),
    slice('run_params', 'run_key', ['run_key', 'key']),
    slice('run_tags', 'run_key', ['run_key', 'key']),
    slice('run_dataset_tags', 'run_key', ['run_key', 'dataset_key', 'key']),
    slice('run_datasets', 'run_key', ['run_key', 'dataset_key']),
    slice('run_models', 'run_key', ['run_key', 'direction', 'model_id']),
  ],
  'logged-model': [
    slice('logged_model_params', 'model_key', ['model_key', 'key']),
    slice('logged_model_tags', 'model_key', ['model_key', 'key']),
    slice('logged_model_metrics', 'model_key', [
      'model_key',
      'key',
      'timestamp',
      'step',
      'run_id',
      'dataset_name',
      'dataset_digest',
      'value',
      'nan',
    ]),
  ],
  experiment: [
    slice('experiment_tags', 'experiment_key', ['experiment_key', 'key']),
    slice('datasets', 'experiment_key', ['dataset_key']),
  ],
} as const

/** @returns whether anything was left to delete: if so, call again */
export async function removeSlice(tx: Tx, kind: keyof typeof SLICES, target: number): Promise<boolean> {
  for (const rows of SLICES[kind]) {
    if ((await tx.run(rows, { target })) > 0) return true
  }
  return false
}
