import type { entities, fields } from '@orrery/base/contract'
import { invalid } from '@orrery/base/kernel'
import type { KeyValue, Run, RunInfo } from '@orrery/domain/tracking'
import type { Given } from '../kit/index.ts'

type WireRun = Given<fields.Static<typeof entities.Run>>
type WireInfo = Given<fields.Static<typeof entities.RunInfo>>

/** A run's head in MLflow's words. */
export function wireRunInfo(info: RunInfo): WireInfo {
  return {
    run_uuid: info.runId,
    experiment_id: info.experimentId,
    run_name: info.name,
    user_id: info.userId,
    status: info.status,
    start_time: info.startTime ?? undefined,
    end_time: info.endTime ?? undefined,
    artifact_uri: info.artifactUri,
    lifecycle_stage: info.lifecycle,
    run_id: info.runId,
  }
}

/** A run in MLflow's words. */
export function wireRun(run: Run): WireRun {
  return {
    info: wireRunInfo(run.info),
    data: { metrics: run.metrics, params: run.params, tags: run.tags },
    inputs: {
      dataset_inputs: run.datasetInputs.map(({ tags, dataset }) => ({
        tags,
        dataset: {
          name: dataset.name,
          digest: dataset.digest,
          source_type: dataset.sourceType,
          source: dataset.source,
          schema: dataset.schema ?? undefined,
          profile: dataset.profile ?? undefined,
        },
      })),
      model_inputs: run.modelInputs.map((modelId) => ({ model_id: modelId })),
    },
    outputs: {
      model_outputs: run.modelOutputs.map(({ modelId, step }) => ({ model_id: modelId, step })),
    },
  }
}

/** A list of MLflow's key-value messages, where a key or value may be left out, as it is meant. */
export function keyValues(
  entries: readonly { key?: string | undefined; value?: string | undefined }[] | undefined,
  field: string,
): KeyValue[] {
  return (entries ?? []).map(({ key, value = '' }, at) => {
    if (!key) throw missingKey(`${field}[${at}].key`)
    return { key, value }
  })
}

const missingKey = (field: string) =>
  invalid(
    `Missing value for required parameter '${field}'. See the API docs for more information about request parameters.`,
  )
