import type { fields, registryRoutes } from '@orrery/base/contract'
import type { ModelVersion, RegisteredModel } from '@orrery/domain/registry'
import type { Given } from '../kit/index.ts'

type WireModel = Given<fields.Static<typeof registryRoutes.getModel.gives>>['registered_model']
type WireVersion = Given<fields.Static<typeof registryRoutes.getVersion.gives>>['model_version']

/** A registered model in MLflow's words, which have no empty description. */
export function wireRegisteredModel(model: RegisteredModel): WireModel {
  return {
    name: model.name,
    creation_timestamp: model.createdAt,
    last_updated_timestamp: model.updatedAt,
    description: model.description || undefined,
    latest_versions: model.latestVersions.map(wireModelVersion),
    tags: model.tags,
    aliases: model.aliases.map(({ alias, version }) => ({ alias, version: String(version) })),
  }
}

/** A version in MLflow's words, which leave out who registered it. An empty description stays, unlike a model's. */
export function wireModelVersion(version: ModelVersion): WireVersion {
  return {
    name: version.name,
    version: String(version.version),
    creation_timestamp: version.createdAt,
    last_updated_timestamp: version.updatedAt,
    current_stage: version.stage,
    description: version.description ?? undefined,
    source: version.source,
    run_id: version.runId,
    status: version.status,
    status_message: version.statusMessage || undefined,
    tags: version.tags,
    run_link: version.runLink,
    aliases: version.aliases,
  }
}
