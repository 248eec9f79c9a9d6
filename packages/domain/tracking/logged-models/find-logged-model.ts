import { type Caller, missing, must, readableHas } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import { mustReachRun } from '../runs/find-run.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import type { LoggedModel } from './logged-model.ts'

/** A logged model's row, found for a verb. */
export interface FoundLoggedModel extends Omit<LoggedModel, 'params' | 'tags' | 'metrics'> {
  readonly key: number
  readonly experimentKey: number
}

/** The columns of a `FoundLoggedModel`, from `logged_models` joined with `experiments`. */
export const LOGGED_MODEL_COLUMNS = [
  'logged_models.model_key as key',
  'logged_models.model_id as modelId',
  'logged_models.experiment_key as experimentKey',
  'experiments.experiment_id as experimentId',
  'logged_models.name as name',
  'logged_models.model_type as modelType',
  'logged_models.source_run_id as sourceRunId',
  'logged_models.status as status',
  'logged_models.status_message as statusMessage',
  'logged_models.artifact_uri as artifactUri',
  'logged_models.lifecycle as lifecycle',
  'logged_models.created_at as createdAt',
  'logged_models.updated_at as updatedAt',
] as const

const byId = statement(
  'tracking.logged-model-by-id',
  (k: Kysely<TrackingTables>, p: { workspace: number; modelId: string }) =>
    k
      .selectFrom('logged_models')
      .innerJoin('experiments', 'experiments.experiment_key', 'logged_models.experiment_key')
      .select(LOGGED_MODEL_COLUMNS)
      .where('logged_models.workspace_key', '=', p.workspace)
      .where('logged_models.model_id', '=', p.modelId),
)

/**
 * The logged model of that id, deleted or not: MLflow lets a deleted one be written to. Throws
 * RESOURCE_DOES_NOT_EXIST, also for one that the caller may not see, and UNAUTHENTICATED where a confined credential
 * does not reach the run that made it.
 */
export async function findLoggedModel(
  reads: Reads,
  caller: Caller,
  modelId: string,
): Promise<FoundLoggedModel> {
  const model = await readableModel(reads, caller, modelId)
  await mustReachRun(reads, caller, model.sourceRunId)
  return model
}

/** As `findLoggedModel`, for a name that need not be anybody's. @returns null where the workspace has none of that id */
export async function findLoggedModelIfAny(
  reads: Reads,
  caller: Caller,
  modelId: string,
): Promise<FoundLoggedModel | null> {
  if ((await reads.first(byId, { workspace: caller.workspace.key, modelId })) === undefined) return null
  return findLoggedModel(reads, caller, modelId)
}

/** As `findLoggedModel`, for callers who may do that to it. */
export async function findLoggedModelFor(
  reads: Reads,
  caller: Caller,
  modelId: string,
  permission: 'run.write' | 'run.delete',
): Promise<FoundLoggedModel> {
  const model = await findLoggedModel(reads, caller, modelId)
  must(caller, permission, model.experimentKey)
  return model
}

/**
 * The logged model that a run measures. It may be any that the caller may write to: a run that evaluates the model of
 * another must not lose its results because its credential has become confined meanwhile.
 */
export async function findMeasuredModel(
  reads: Reads,
  caller: Caller,
  modelId: string,
): Promise<FoundLoggedModel> {
  const model = await readableModel(reads, caller, modelId)
  must(caller, 'run.write', model.experimentKey)
  return model
}

async function readableModel(reads: Reads, caller: Caller, modelId: string): Promise<FoundLoggedModel> {
  const row = await reads.first(byId, { workspace: caller.workspace.key, modelId })
  if (row === undefined || !readableHas(caller.readable('experiment'), row.experimentKey)) {
    throw missing(`Logged model with ID '${modelId.slice(0, 300)}' not found.`)
  }
  return row
}
