import { experimentRoutes } from '@orrery/base/contract'
import type { Experiment, Tracking } from '@orrery/domain/tracking'
import { bind } from '../kit/index.ts'
import { keyValues } from './wire-run.ts'

export function bindExperiments({ experiments, search }: Tracking) {
  return bind(experimentRoutes, {
    createExperiment: async (caller, { name, artifact_location, tags }) => ({
      experiment_id: await experiments.create(caller, {
        name,
        artifactLocation: artifact_location,
        tags: keyValues(tags, 'tags'),
      }),
    }),
    searchExperiments: async (caller, input) => {
      const page = await search.experiments(caller, {
        filter: input.filter,
        orderBy: input.order_by,
        maxResults: input.max_results,
        pageToken: input.page_token,
        viewType: input.view_type,
      })
      return {
        experiments: page.experiments.map((experiment) => wireExperiment(experiment, caller.workspace.name)),
        next_page_token: page.nextPageToken,
      }
    },
    getExperiment: async (caller, { experiment_id }) => {
      const found = await experiments.get(caller, { experimentId: experiment_id })
      return { experiment: wireExperiment(found, caller.workspace.name) }
    },
    getExperimentByName: async (caller, { experiment_name }) => {
      const found = await experiments.getByName(caller, { name: experiment_name })
      return { experiment: wireExperiment(found, caller.workspace.name) }
    },
    deleteExperiment: async (caller, { experiment_id }) => {
      await experiments.delete(caller, { experimentId: experiment_id })
      return {}
    },
    restoreExperiment: async (caller, { experiment_id }) => {
      await experiments.restore(caller, { experimentId: experiment_id })
      return {}
    },
    updateExperiment: async (caller, { experiment_id, new_name }) => {
      await experiments.rename(caller, { experimentId: experiment_id, newName: new_name })
      return {}
    },
    setExperimentTag: async (caller, { experiment_id, key, value = '' }) => {
      await experiments.setTag(caller, { experimentId: experiment_id, key, value })
      return {}
    },
    deleteExperimentTag: async (caller, { experiment_id, key }) => {
      await experiments.deleteTag(caller, { experimentId: experiment_id, key })
      return {}
    },
  })
}

function wireExperiment(experiment: Experiment, workspace: string) {
  return {
    experiment_id: experiment.experimentId,
    name: experiment.name,
    artifact_location: experiment.artifactLocation,
    lifecycle_stage: experiment.lifecycle,
    last_update_time: experiment.updatedAt,
    creation_time: experiment.createdAt,
    tags: experiment.tags,
    workspace,
  }
}
