import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'

/** The tag that holds a run's name; it and the run's own name always agree. */
export const RUN_NAME_TAG = 'mlflow.runName'

export const putRunTag = statement(
  'tracking.put-run-tag',
  (k: Kysely<TrackingTables>, p: { run: number; key: string; value: string }) =>
    k
      .insertInto('run_tags')
      .values({ run_key: p.run, key: p.key, value: p.value })
      .onConflict((clash) => clash.columns(['run_key', 'key']).doUpdateSet({ value: p.value })),
)

export const addRunParam = statement(
  'tracking.add-run-param',
  (k: Kysely<TrackingTables>, p: { run: number; key: string; value: string }) =>
    k
      .insertInto('run_params')
      .values({ run_key: p.run, key: p.key, value: p.value })
      .onConflict((clash) => clash.doNothing()),
)

export const runParam = statement(
  'tracking.run-param',
  (k: Kysely<TrackingTables>, p: { run: number; key: string }) =>
    k.selectFrom('run_params').select('value').where('run_key', '=', p.run).where('key', '=', p.key),
)

export const renameRun = statement(
  'tracking.rename-run',
  (k: Kysely<TrackingTables>, p: { run: number; name: string }) =>
    k.updateTable('runs').set({ name: p.name }).where('run_key', '=', p.run),
)
