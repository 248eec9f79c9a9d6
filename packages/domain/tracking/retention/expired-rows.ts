import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'

export interface ExpiredRow {
  readonly key: number
  readonly id: string
  readonly experimentId: string
  /** Empty for an experiment. */
  readonly artifactUri: string
}

interface Asked {
  workspace: number
  before: number
  after: number
  limit: number
}

/** Runs that carry the present epoch of their experiment: deleted by themselves, whatever became of the experiment. */
export const expiredRuns = statement('tracking.expired-runs', (k: Kysely<TrackingTables>, p: Asked) =>
  k
    .selectFrom('runs')
    .innerJoin('experiments', 'experiments.experiment_key', 'runs.experiment_key')
    .select([
      'runs.run_key as key',
      'runs.run_id as id',
      'experiments.experiment_id as experimentId',
      'runs.artifact_uri as artifactUri',
    ])
    .where('runs.workspace_key', '=', p.workspace)
    .where('runs.deleted_at', '<', p.before)
    .whereRef('runs.deleted_epoch', '=', 'experiments.epoch')
    .where('runs.run_key', '>', p.after)
    .orderBy('runs.run_key')
    .limit(p.limit),
)

/** When an experiment was deleted, it was changed last: nothing else can be done to a deleted one. */
export const expiredExperiments = statement(
  'tracking.expired-experiments',
  (k: Kysely<TrackingTables>, p: Asked) =>
    k
      .selectFrom('experiments')
      .select((e) => [
        'experiment_key as key',
        'experiment_id as id',
        'experiment_id as experimentId',
        e.val('').as('artifactUri'),
      ])
      .where('workspace_key', '=', p.workspace)
      .where('lifecycle', '=', 'deleted')
      .where('experiment_id', '<>', '0')
      .where('updated_at', '<', p.before)
      .where('experiment_key', '>', p.after)
      .orderBy('experiment_key')
      .limit(p.limit),
)

/** A deleted one that is written to again counts from then: MLflow allows it. */
export const expiredModels = statement(
  'tracking.expired-logged-models',
  (k: Kysely<TrackingTables>, p: Asked) =>
    k
      .selectFrom('logged_models')
      .innerJoin('experiments', 'experiments.experiment_key', 'logged_models.experiment_key')
      .select([
        'logged_models.model_key as key',
        'logged_models.model_id as id',
        'experiments.experiment_id as experimentId',
        'logged_models.artifact_uri as artifactUri',
      ])
      .where('logged_models.workspace_key', '=', p.workspace)
      .where('logged_models.lifecycle', '=', 'deleted')
      .where('logged_models.updated_at', '<', p.before)
      .where('logged_models.model_key', '>', p.after)
      .orderBy('logged_models.model_key')
      .limit(p.limit),
)

const urisOfRuns = statement(
  'tracking.artifact-uris-of-runs',
  (k: Kysely<TrackingTables>, p: { experiment: number; after: number }) =>
    k
      .selectFrom('runs')
      .select(['run_key as key', 'artifact_uri as uri'])
      .where('experiment_key', '=', p.experiment)
      .where('run_key', '>', p.after)
      .orderBy('run_key')
      .limit(PAGE),
)

const urisOfModels = statement(
  'tracking.artifact-uris-of-logged-models',
  (k: Kysely<TrackingTables>, p: { experiment: number; after: number }) =>
    k
      .selectFrom('logged_models')
      .select(['model_key as key', 'artifact_uri as uri'])
      .where('experiment_key', '=', p.experiment)
      .where('model_key', '>', p.after)
      .orderBy('model_key')
      .limit(PAGE),
)

const PAGE = 1_000

/** Where runs and logged models of an experiment have their files, a page at a time. */
export async function* artifactUrisIn(reads: Reads, experiment: number): AsyncGenerator<readonly string[]> {
  for (const page of [urisOfRuns, urisOfModels]) {
    let after = 0
    for (;;) {
      const rows = await reads.all(page, { experiment, after })
      if (rows.length > 0) yield rows.map(({ uri }) => uri)
      if (rows.length < PAGE) break
      after = rows.at(-1)!.key
    }
  }
}
