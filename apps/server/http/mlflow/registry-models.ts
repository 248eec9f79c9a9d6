import type { registryRoutes } from '@orrery/base/contract'
import type { Registry } from '@orrery/domain/registry'
import type { Bindings } from '../kit/index.ts'
import { entries } from './logged-models.ts'
import { wireModelVersion, wireRegisteredModel } from './wire-registry.ts'

type Names =
  | 'createModel'
  | 'renameModel'
  | 'updateModel'
  | 'deleteModel'
  | 'getModel'
  | 'searchModels'
  | 'getLatestVersions'
  | 'setModelTag'
  | 'deleteModelTag'
  | 'setAlias'
  | 'deleteAlias'
  | 'getVersionByAlias'

/** Registered models with their tags and aliases; MLflow's prompts are among them. */
export function modelHandlers({
  models,
  versions,
  search,
}: Registry): Pick<Bindings<typeof registryRoutes>, Names> {
  return {
    createModel: async (caller, { name, description, tags }) => {
      const model = await models.create(caller, { name, description, tags: entries(tags) })
      return { registered_model: wireRegisteredModel(model) }
    },
    renameModel: async (caller, { name, new_name }) => {
      const model = await models.rename(caller, { name, newName: new_name })
      return { registered_model: wireRegisteredModel(model) }
    },
    updateModel: async (caller, { name, description }) => {
      const model = await models.update(caller, { name, description })
      return { registered_model: wireRegisteredModel(model) }
    },
    deleteModel: async (caller, { name }) => {
      await models.delete(caller, { name })
      return {}
    },
    getModel: async (caller, { name }) => ({
      registered_model: wireRegisteredModel(await models.get(caller, { name })),
    }),
    searchModels: async (caller, input) => {
      const page = await search.models(caller, {
        filter: input.filter,
        orderBy: input.order_by,
        maxResults: input.max_results,
        pageToken: input.page_token,
      })
      return {
        registered_models: page.models.map(wireRegisteredModel),
        next_page_token: page.nextPageToken,
      }
    },
    getLatestVersions: async (caller, { name, stages }) => {
      const latest = await search.latestVersions(caller, { name, stages })
      return { model_versions: latest.map(wireModelVersion) }
    },
    setModelTag: async (caller, { name, key, value = '' }) => {
      await models.setTag(caller, { name, key, value })
      return {}
    },
    deleteModelTag: async (caller, { name, key }) => {
      await models.deleteTag(caller, { name, key })
      return {}
    },
    setAlias: async (caller, { name, alias, version }) => {
      await models.setAlias(caller, { name, alias, version })
      return {}
    },
    deleteAlias: async (caller, { name, alias }) => {
      await models.deleteAlias(caller, { name, alias })
      return {}
    },
    getVersionByAlias: async (caller, { name, alias }) => ({
      model_version: wireModelVersion(await versions.getByAlias(caller, { name, alias })),
    }),
  }
}
