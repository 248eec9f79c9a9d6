import { type Caller, invalid } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import { checkLength } from '../entries.ts'
import { findActiveExperiment } from '../experiments/find-experiment.ts'
import { generatedName } from '../runs/generated-name.ts'
import type { KeyValue } from '../runs/run.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import type { LoggedModel } from './logged-model.ts'
import {
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
    const { params = [], tags = [], modelType = '', sourceRunId = '' } = input
    check(input)
    return db.inTx(async (tx) => {
      const experiment = await findActiveExperiment(tx, caller, input.experimentId)
      const modelId = `m-${ids.hex32()}`
      const name = input.name || generatedName()
      const now = clock()
      const artifactUri = `${experiment.artifactLocation.replace(/\/+$/, '')}/models/${modelId}/artifacts`
      const row = await tx.first(insert, {
        workspace: caller.workspace.key,
        experiment: experiment.key,
        modelId,
        name,
        modelType,
        sourceRunId,
        artifactUri,
        now,
      })
      await tx.bulk(
        newModelParams,
        params.map(({ key, value }) => [row!.key, key, value]),
      )
      await tx.bulk(
        modelTags,
        tags.map(({ key, value }) => [row!.key, key, value]),
      )
      const { experimentId } = experiment
      await emit(tx, caller, {
        type: 'logged-model.created',
        subject: `logged-models/${modelId}`,
        after: { experimentId, name, ...(sourceRunId === '' ? {} : { sourceRunId }) },
      })
      return {
        modelId,
        experimentId,
        name,
        modelType,
        sourceRunId,
        status: 'PENDING',
        statusMessage: null,
        artifactUri,
        lifecycle: 'active',
        createdAt: now,
        updatedAt: now,
        params: byKey(params),
        tags: byKey(tags),
        metrics: [],
      }
    })
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

/** As they will be read later: by key, in the order of their code points. */
function byKey(entries: readonly KeyValue[]): KeyValue[] {
  return entries.toSorted((a, b) => (a.key === b.key ? 0 : codePointsBefore(a.key, b.key) ? -1 : 1))
}

/** JavaScript compares UTF-16 units, in which U+FF5E comes after U+1F600; the tables compare bytes of UTF-8. */
function codePointsBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0
}
