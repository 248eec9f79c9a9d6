import { statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, type SqlBool, sql } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { queueRemoval } from './queue-removal.ts'
import { removeSlice, SLICE_ROWS } from './slices.ts'

export type RemovalRow = Omit<TrackingTables['removals'], 'removal_key'> & { removal_key: number }

/** Deletes the files below an address that the server has made. */
export type RemoveFiles = (workspaceKey: number, artifactUri: string) => Promise<void>

const next = statement('tracking.next-removal', (k: Kysely<TrackingTables>, _: Record<string, never>) =>
  k.selectFrom('removals').selectAll().orderBy('removal_key', 'desc').limit(1),
)

const done = statement('tracking.removal-done', (k: Kysely<TrackingTables>, p: { removal: number }) =>
  k.deleteFrom('removals').where('removal_key', '=', p.removal),
)

const seriesOf = statement('tracking.any-series-of-run', (k: Kysely<TrackingTables>, p: { run: number }) =>
  k.selectFrom('series').select('series_key as key').where('run_key', '=', p.run).limit(1),
)

const dropSeries = statement('tracking.drop-series', (k: Kysely<TrackingTables>, p: { series: number }) =>
  k.deleteFrom('series').where('series_key', '=', p.series),
)

const runsOf = statement(
  'tracking.some-runs-of-experiment',
  (k: Kysely<TrackingTables>, p: { experiment: number }) =>
    k
      .selectFrom('runs')
      .select(['run_key as key', 'run_id as externalId', 'artifact_uri as artifactUri'])
      .where('experiment_key', '=', p.experiment)
      .limit(100),
)

export const dropRun = statement('tracking.drop-run', (k: Kysely<TrackingTables>, p: { run: number }) =>
  k.deleteFrom('runs').where('run_key', '=', p.run),
)

const modelsOf = statement(
  'tracking.some-models-of-experiment',
  (k: Kysely<TrackingTables>, p: { experiment: number }) =>
    k
      .selectFrom('logged_models')
      .select(['model_key as key', 'model_id as externalId', 'artifact_uri as artifactUri'])
      .where('experiment_key', '=', p.experiment)
      .limit(100),
)

export const dropModel = statement(
  'tracking.drop-logged-model',
  (k: Kysely<TrackingTables>, p: { model: number }) =>
    k.deleteFrom('logged_models').where('model_key', '=', p.model),
)

const dropModelMetrics = statement(
  'tracking.drop-model-metrics-of-run',
  (k: Kysely<TrackingTables>, p: { workspace: number; runId: string }) => {
    const some = sql`select m.model_key, m.key, m.timestamp, m.step, m.dataset_name, m.dataset_digest, m.value, m.nan
      from logged_model_metrics as m join logged_models as l on l.model_key = m.model_key
      where m.run_id = ${p.runId} and l.workspace_key = ${p.workspace} limit ${sql.lit(SLICE_ROWS)}`
    return k
      .deleteFrom('logged_model_metrics')
      .where('run_id', '=', p.runId)
      .where(
        sql<SqlBool>`(model_key, key, timestamp, step, dataset_name, dataset_digest, value, nan) in (${some})`,
      )
  },
)

/**
 * Works off what was deleted for good, newest first, one short transaction at a time, until nothing is left.
 * It may be broken off anywhere and called again, also by two servers at once: every step can be repeated.
 */
export function makeWorkOffRemovals({
  db,
  meter,
  removeFiles,
}: Pick<TrackingDeps, 'db' | 'meter'> & { removeFiles: RemoveFiles }) {
  return async function workOffRemovals(signal?: AbortSignal): Promise<void> {
    for (;;) {
      if (signal?.aborted) return
      const removal = await db.read.first(next, {})
      if (removal === undefined) return
      const more = await db.inTx((tx) => removeSome(tx, removal, meter))
      if (more) continue
      if (removal.artifact_uri !== null) await removeFiles(removal.workspace_key, removal.artifact_uri)
      await db.inTx((tx) => removalDone(tx, removal))
    }
  }
}

export async function removalDone(tx: Tx, removal: RemovalRow): Promise<void> {
  await tx.run(done, { removal: removal.removal_key })
}

/** @returns whether to come back for the same removal */
export async function removeSome(
  tx: Tx,
  removal: RemovalRow,
  meter: TrackingDeps['meter'],
): Promise<boolean> {
  const { kind, target } = removal
  if (kind === 'run' && (await removeSeriesOf(tx, target))) return true
  if (kind === 'run' && (await removeModelMetrics(tx, removal))) return true
  if (kind === 'experiment' && (await removeThingsOf(tx, removal, meter))) return true
  return removeSlice(tx, kind, target)
}

async function removeSeriesOf(tx: Tx, run: number): Promise<boolean> {
  const series = await tx.first(seriesOf, { run })
  if (series === undefined) return false
  if (!(await removeSlice(tx, 'series', series.key))) await tx.run(dropSeries, { series: series.key })
  return true
}

/** What the run measured of logged models, which live on without it. */
async function removeModelMetrics(tx: Tx, { workspace_key, external_id }: RemovalRow): Promise<boolean> {
  return (await tx.run(dropModelMetrics, { workspace: workspace_key, runId: external_id })) > 0
}

/** The runs and logged models of an experiment become removals of their own. */
async function removeThingsOf(
  tx: Tx,
  { workspace_key, target }: RemovalRow,
  meter: TrackingDeps['meter'],
): Promise<boolean> {
  const runs = await tx.all(runsOf, { experiment: target })
  // Another server may be at the same work: only what this one has dropped is counted.
  let dropped = 0
  for (const { key, ...run } of runs) {
    await queueRemoval(tx, { ...run, workspaceKey: workspace_key, kind: 'run', target: key })
    dropped += await tx.run(dropRun, { run: key })
  }
  await meter.adjust(tx, workspace_key, 'runs', -dropped)
  const models = await tx.all(modelsOf, { experiment: target })
  for (const { key, ...model } of models) {
    await queueRemoval(tx, { ...model, workspaceKey: workspace_key, kind: 'logged-model', target: key })
    await tx.run(dropModel, { model: key })
  }
  return runs.length + models.length > 0
}
