import type { ArtifactStore } from '@orrery/drivers/artifacts'
import { type Database, statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, type SqlBool, sql } from 'kysely'
import { NOTHING_METERED } from '../deps.ts'
import { queueRemoval } from '../removals/queue-removal.ts'
import { dropModel, dropRun, removalDone, removeSome } from '../removals/work-off-removals.ts'
import type { TrackingTables } from '../tracking-tables.ts'

/** Things whose own rows one transaction takes: about 100 µs each on SQLite, with the removal that it leaves. */
const SLICE_THINGS = 25

/** A step that begins within this time takes up to 3 ms more. Most take a tenth of one: alone, each would cost a commit. */
const BUDGET_MS = 2

/** About 2 µs each on SQLite. */
const SLICE_ROWS = 1000

/** Each costs its system calls on the pool, none on the loop. */
const SLICE_FILES = 500

type Where = { workspace: number }

const nextRemoval = statement('tracking.next-removal-in-workspace', (k: Kysely<TrackingTables>, p: Where) =>
  k
    .selectFrom('removals')
    .selectAll()
    .where('workspace_key', '=', p.workspace)
    .orderBy('removal_key', 'desc')
    .limit(1),
)

const anExperiment = statement(
  'tracking.next-experiment-in-workspace',
  (k: Kysely<TrackingTables>, p: Where) =>
    k
      .selectFrom('experiments')
      .select(['experiment_key as key', 'experiment_id as externalId'])
      .where('workspace_key', '=', p.workspace)
      .limit(1),
)

const dropExperiment = statement(
  'tracking.drop-experiment-of-workspace',
  (k: Kysely<TrackingTables>, p: { experiment: number }) =>
    k.deleteFrom('experiments').where('experiment_key', '=', p.experiment),
)

const someRuns = statement('tracking.some-runs-in-workspace', (k: Kysely<TrackingTables>, p: Where) =>
  k
    .selectFrom('runs')
    .select(['run_key as key', 'run_id as externalId'])
    .where('workspace_key', '=', p.workspace)
    .limit(SLICE_THINGS),
)

const someModels = statement('tracking.some-models-in-workspace', (k: Kysely<TrackingTables>, p: Where) =>
  k
    .selectFrom('logged_models')
    .select(['model_key as key', 'model_id as externalId'])
    .where('workspace_key', '=', p.workspace)
    .limit(SLICE_THINGS),
)

const dropFiles = statement(
  'tracking.drop-some-files-of-workspace',
  (k: Kysely<TrackingTables>, p: Where) => {
    const some = sql`select root, path from artifact_files
    where workspace_key = ${p.workspace} limit ${sql.lit(SLICE_ROWS)}`
    return k
      .deleteFrom('artifact_files')
      .where('workspace_key', '=', p.workspace)
      .where(sql<SqlBool>`(root, path) in (${some})`)
  },
)

/**
 * Removes a slice of what a deleted workspace has. Each of its things becomes a removal and is worked off as any other,
 * but for its files: these go all together, with the folder of the workspace. May be broken off and repeated.
 *
 * @returns whether there is nothing left
 */
export function makeRemoveSlice({ db, store }: { readonly db: Database; readonly store: ArtifactStore }) {
  return async function removeSlice(workspaceKey: number): Promise<boolean> {
    const where = { workspace: workspaceKey }
    if (await db.inTx((tx) => workOffSome(tx, workspaceKey))) return false
    if (await db.inTx((tx) => queueSome(tx, workspaceKey))) return false
    const { done } = await store.deleteFolder(String(workspaceKey), { limit: SLICE_FILES })
    if (!done) return false
    return (await db.inTx((tx) => tx.run(dropFiles, where))) === 0
  }
}

/** @returns whether there was anything to do */
async function workOffSome(tx: Tx, workspaceKey: number): Promise<boolean> {
  const until = performance.now() + BUDGET_MS
  let removal = await tx.first(nextRemoval, { workspace: workspaceKey })
  if (removal === undefined) return false
  while (removal !== undefined && performance.now() < until) {
    // What a workspace used is of no interest any more.
    if (await removeSome(tx, removal, NOTHING_METERED)) continue
    await removalDone(tx, removal)
    removal = await tx.first(nextRemoval, { workspace: workspaceKey })
  }
  return true
}

/** Logged models and runs before the experiments: then there are few things to look through at each step. */
async function queueSome(tx: Tx, workspaceKey: number): Promise<boolean> {
  const where = { workspace: workspaceKey }
  const removal = { workspaceKey, artifactUri: null }
  const models = await tx.all(someModels, where)
  for (const { key, externalId } of models) {
    await queueRemoval(tx, { ...removal, kind: 'logged-model', target: key, externalId })
    await tx.run(dropModel, { model: key })
  }
  if (models.length > 0) return true
  const runs = await tx.all(someRuns, where)
  for (const { key, externalId } of runs) {
    await queueRemoval(tx, { ...removal, kind: 'run', target: key, externalId })
    await tx.run(dropRun, { run: key })
  }
  if (runs.length > 0) return true
  const experiment = await tx.first(anExperiment, where)
  if (experiment === undefined) return false
  const { key, externalId } = experiment
  await queueRemoval(tx, { ...removal, kind: 'experiment', target: key, externalId })
  await tx.run(dropExperiment, { experiment: key })
  return true
}
