import type { registryRoutes } from '@orrery/base/contract'
import type { Registry } from '@orrery/domain/registry'
import type { Bindings } from '../kit/index.ts'
import { entries } from './logged-models.ts'
import { wireModelVersion } from './wire-registry.ts'

type Names =
  | 'createVersion'
  | 'updateVersion'
  | 'transitionStage'
  | 'deleteVersion'
  | 'getVersion'
  | 'searchVersions'
  | 'getDownloadUri'
  | 'setVersionTag'
  | 'deleteVersionTag'

/** Versions of registered models, and of prompts. */
export function versionHandlers({
  versions,
  search,
}: Registry): Pick<Bindings<typeof registryRoutes>, Names> {
  return {
    createVersion: async (caller, input) => {
      const version = await versions.create(caller, {
        name: input.name,
        source: input.source,
        runId: input.run_id,
        modelId: input.model_id,
        tags: entries(input.tags),
        runLink: input.run_link,
        description: input.description,
      })
      return { model_version: wireModelVersion(version) }
    },
    updateVersion: async (caller, { name, version, description }) => ({
      model_version: wireModelVersion(await versions.update(caller, { name, version, description })),
    }),
    transitionStage: async (caller, { name, version, stage, archive_existing_versions = false }) => {
      const moved = await versions.transitionStage(caller, {
        name,
        version,
        stage,
        archiveExisting: archive_existing_versions,
      })
      return { model_version: wireModelVersion(moved) }
    },
    deleteVersion: async (caller, { name, version }) => {
      await versions.delete(caller, { name, version })
      return {}
    },
    getVersion: async (caller, { name, version }) => ({
      model_version: wireModelVersion(await versions.get(caller, { name, version })),
    }),
    searchVersions: async (caller, input) => {
      const page = await search.versions(caller, {
        filter: input.filter,
        orderBy: input.order_by,
        maxResults: input.max_results,
        pageToken: input.page_token,
      })
      return { model_versions: page.versions.map(wireModelVersion), next_page_token: page.nextPageToken }
    },
    getDownloadUri: async (caller, { name, version }) => ({
      artifact_uri: await versions.downloadUri(caller, { name, version }),
    }),
    setVersionTag: async (caller, { name, version, key, value = '' }) => {
      await versions.setTag(caller, { name, version, key, value })
      return {}
    },
    deleteVersionTag: async (caller, { name, version, key }) => {
      await versions.deleteTag(caller, { name, version, key })
      return {}
    },
  }
}
