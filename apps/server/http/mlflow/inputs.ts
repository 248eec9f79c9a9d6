import { inputRoutes } from '@orrery/base/contract'
import type { Tracking } from '@orrery/domain/tracking'
import { bind } from '../kit/index.ts'
import { entries } from './logged-models.ts'

/* Fields that are left out of a dataset, its tags or a link are empty, as in MLflow. */

export function bindInputs({ inputs, search }: Tracking) {
  return bind(inputRoutes, {
    logInputs: async (caller, { run_id, datasets = [], models = [] }) => {
      await inputs.logInputs(caller, {
        runId: run_id,
        datasets: datasets.map(({ tags, dataset = {} }) => ({
          tags: entries(tags),
          dataset: {
            name: dataset.name ?? '',
            digest: dataset.digest ?? '',
            sourceType: dataset.source_type ?? '',
            source: dataset.source ?? '',
            schema: dataset.schema || null,
            profile: dataset.profile || null,
          },
        })),
        models: models.map(({ model_id = '' }) => model_id),
      })
      return {}
    },
    logOutputs: async (caller, { run_id, models }) => {
      await inputs.logOutputs(caller, {
        runId: run_id,
        models: models.map(({ model_id = '', step = 0 }) => ({ modelId: model_id, step })),
      })
      return {}
    },
    recordModel: async (caller, { run_id, model_json }) => {
      await inputs.recordModel(caller, { runId: run_id, modelJson: model_json })
      return {}
    },
    searchDatasets: async (caller, { experiment_ids = [] }) => {
      const datasets = await search.datasets(caller, { experimentIds: experiment_ids })
      return {
        dataset_summaries: datasets.map((dataset) => ({
          experiment_id: dataset.experimentId,
          name: dataset.name,
          digest: dataset.digest,
          context: dataset.context ?? undefined,
        })),
      }
    },
  })
}
