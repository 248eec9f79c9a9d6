import { type fields, loggedModelRoutes } from '@orrery/base/contract'
import type { KeyValue, LoggedModel, LoggedModelStatus, Tracking } from '@orrery/domain/tracking'
import { bind, type Given } from '../kit/index.ts'

type WireModel = Given<fields.Static<typeof loggedModelRoutes.getLoggedModel.gives>>['model']
type WireStatus = WireModel['info']['status']

export function bindLoggedModels({ loggedModels, search }: Tracking) {
  return bind(loggedModelRoutes, {
    createLoggedModel: async (caller, input) => {
      const model = await loggedModels.create(caller, {
        experimentId: input.experiment_id,
        name: input.name,
        modelType: input.model_type,
        sourceRunId: input.source_run_id,
        params: entries(input.params),
        tags: entries(input.tags),
      })
      return { model: wireModel(model) }
    },
    searchLoggedModels: async (caller, input) => {
      const page = await search.loggedModels(caller, {
        experimentIds: input.experiment_ids,
        filter: input.filter,
        datasets: input.datasets?.map((dataset) => ({
          datasetName: dataset.dataset_name,
          datasetDigest: dataset.dataset_digest,
        })),
        // The default of the message, not of the verb: MLflow's two differ.
        maxResults: input.max_results ?? 50,
        orderBy: input.order_by?.map((order) => ({
          fieldName: order.field_name,
          ascending: order.ascending,
          datasetName: order.dataset_name,
          datasetDigest: order.dataset_digest,
        })),
        pageToken: input.page_token,
      })
      return { models: page.models.map(wireModel), next_page_token: page.nextPageToken }
    },
    getLoggedModel: async (caller, { model_id, allow_deleted }) => {
      const model = await loggedModels.get(caller, { modelId: model_id, allowDeleted: allow_deleted })
      return { model: wireModel(model) }
    },
    finalizeLoggedModel: async (caller, { model_id, status }) => {
      const model = await loggedModels.finalize(caller, { modelId: model_id, status: STATUS_OF[status] })
      return { model: wireModel(model) }
    },
    deleteLoggedModel: async (caller, { model_id }) => {
      await loggedModels.delete(caller, { modelId: model_id })
      return {}
    },
    logLoggedModelParams: async (caller, { model_id, params }) => {
      await loggedModels.logParams(caller, { modelId: model_id, params: entries(params) })
      return {}
    },
    setLoggedModelTags: async (caller, { model_id, tags }) => {
      await loggedModels.setTags(caller, { modelId: model_id, tags: entries(tags) })
      return {}
    },
    deleteLoggedModelTag: async (caller, { model_id, tag_key }) => {
      await loggedModels.deleteTag(caller, { modelId: model_id, key: tag_key })
      return {}
    },
  })
}

/** A logged model in MLflow's words. */
function wireModel(model: LoggedModel): WireModel {
  return {
    info: {
      model_id: model.modelId,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.createdAt,
      last_updated_timestamp_ms: model.updatedAt,
      artifact_uri: model.artifactUri,
      status: WIRE_STATUS[model.status],
      model_type: model.modelType,
      source_run_id: model.sourceRunId,
      status_message: model.statusMessage ?? undefined,
      tags: model.tags,
    },
    data: {
      params: model.params,
      metrics: model.metrics.map((metric) => ({
        key: metric.key,
        value: metric.value,
        timestamp: metric.timestamp,
        step: metric.step,
        dataset_name: metric.datasetName || undefined,
        dataset_digest: metric.datasetDigest || undefined,
        model_id: model.modelId,
        run_id: metric.runId,
      })),
    },
  }
}

const STATUS_OF = {
  LOGGED_MODEL_STATUS_UNSPECIFIED: 'UNSPECIFIED',
  LOGGED_MODEL_PENDING: 'PENDING',
  LOGGED_MODEL_READY: 'READY',
  LOGGED_MODEL_UPLOAD_FAILED: 'FAILED',
} as const satisfies Record<WireStatus, LoggedModelStatus>

const WIRE_STATUS = {
  UNSPECIFIED: 'LOGGED_MODEL_STATUS_UNSPECIFIED',
  PENDING: 'LOGGED_MODEL_PENDING',
  READY: 'LOGGED_MODEL_READY',
  FAILED: 'LOGGED_MODEL_UPLOAD_FAILED',
} as const satisfies Record<LoggedModelStatus, WireStatus>

/** A key or value that is left out is an empty one: logged models may have both. */
export function entries(
  given: readonly { key?: string | undefined; value?: string | undefined }[] | undefined,
): KeyValue[] {
  return (given ?? []).map(({ key = '', value = '' }) => ({ key, value }))
}
