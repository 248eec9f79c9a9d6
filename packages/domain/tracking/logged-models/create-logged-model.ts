import { type Caller, invalid } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import { checkLength } from '../entries.ts'
import { type FoundExperiment, findActiveExperiment } from '../experiments/find-experiment.ts'
import { mustReachRun } from '../runs/find-run.ts'
import { generatedName } from '../runs/generated-name.ts'
import type { KeyValue } from '../runs/run.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import type { LoggedModel } from './logged-model.ts'
import {
  bytesOf,
  checkDistinctKeys,
  checkModelKeys,
  MODEL_LIMITS,
  modelTags,
  newModelParams,
} from './logged-model-rows.ts'

interface NewLoggedModel {
  readonly experimentId: string
  /** Made up if left out or empty. */
  readonly name?: string | undefined
  readonly modelType?: string | undefined
  /** Not looked up: MLflow accepts the id of a run that nobody knows. */
  readonly sourceRunId?: string | undefined
  readonly params?: readonly KeyValue[] | undefined
  readonly tags?: readonly KeyValue[] | undefined
}

const insert = statement(
  'tracking.insert-logged-model',
  (
    k: Kysely<TrackingTables>,
    p: {
      workspace: number
      experiment: number
      modelId: string
      name: string
      modelType: string
      sourceRunId: string
      artifactUri: string
      now: number
    },
  ) =>
    k
      .insertInto('logged_models')
      .values({
        workspace_key: p.workspace,
        experiment_key: p.experiment,
        model_id: p.modelId,
        name: p.name,
        model_type: p.modelType,
        source_run_id: p.sourceRunId,
        status: 'PENDING',
        status_message: null,
        artifact_uri: p.artifactUri,
        lifecycle: 'active',
        created_at: p.now,
        updated_at: p.now,
      })
      .returning('model_key as key'),
)

/** Creates a logged model in an active experiment. It is PENDING until `finalizeLoggedModel`. */
export function makeCreateLoggedModel({ db, emit, clock, ids }: TrackingDeps) {
  return async function createLoggedModel(caller: Caller, input: NewLoggedModel): Promise<LoggedModel> {
    const { params = [], tags = [] } = input
    check(input)
    return db.inTx(
      async (tx) => {
        const experiment = await findActiveExperiment(tx, caller, input.experimentId, 'run.write')
        await mustReachRun(tx, caller, input.sourceRunId ?? '')
        const model = asNewModel(input, experiment, `m-${ids.hex32()}`, clock())
        const { experimentId, modelId, name, modelType, sourceRunId, artifactUri, createdAt: now } = model
        const place = { workspace: caller.workspace.key, experiment: experiment.key }
        const row = await tx.first(insert, {
          ...place,
          modelId,
          name,
          modelType,
          sourceRunId,
          artifactUri,
          now,
        })
        const rowsOf = (entries: readonly KeyValue[]) =>
          entries.map(({ key, value }) => [row!.key, key, value])
        await tx.bulk(newModelParams, rowsOf(params))
        await tx.bulk(modelTags, rowsOf(tags))
        await emit(tx, caller, {
          type: 'logged-model.created',
          subject: `logged-models/${modelId}`,
          on: experiment.key,
          ...(sourceRunId === '' ? {} : { also: [`runs/${sourceRunId}`] }),
          after: { experimentId, name, ...(sourceRunId === '' ? {} : { sourceRunId }) },
        })
        return model
      },
      { bytes: bytesOf(params, tags) },
    )
  }
}

function asNewModel(
  input: NewLoggedModel,
  experiment: FoundExperiment,
  modelId: string,
  now: number,
): LoggedModel {
  return {
    modelId,
    experimentId: experiment.experimentId,
    name: input.name || generatedName(),
    modelType: input.modelType ?? '',
    sourceRunId: input.sourceRunId ?? '',
    status: 'PENDING',
    statusMessage: null,
    artifactUri: `${experiment.artifactLocation.replace(/\/+$/, '')}/models/${modelId}/artifacts`,
    lifecycle: 'active',
    createdAt: now,
    updatedAt: now,
    params: byKey(input.params ?? []),
    tags: byKey(input.tags ?? []),
    metrics: [],
  }
}

function check(input: NewLoggedModel): void {
  const { name = '', params = [], tags = [] } = input
  if (/[/:.%"']/.test(name)) {
    const quote = name.includes("'") ? '"' : "'"
    throw invalid(
      `Invalid model name (${quote}${name.slice(0, 500)}${quote}) provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    )
  }
  checkLength(name, MODEL_LIMITS.name, 'name')
  checkLength(input.modelType ?? '', MODEL_LIMITS.modelType, 'model_type')
  checkLength(input.sourceRunId ?? '', MODEL_LIMITS.sourceRunId, 'source_run_id')
  checkModelKeys(params, 'params')
  checkDistinctKeys(params, 'params')
  checkModelKeys(tags, 'tags')
  checkDistinctKeys(tags, 'tags')
}

/**
 * As they will be read later: in the order of their bytes. JavaScript compares UTF-16 units, in which U+FF5E comes
 * after U+1F600.
 */
function byKey(entries: readonly KeyValue[]): KeyValue[] {
  return entries.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
}
