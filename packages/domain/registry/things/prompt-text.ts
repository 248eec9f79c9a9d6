import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { PromptText } from '../../events/index.ts'
import { modelTag } from '../models/model-rows.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { versionTag } from '../versions/version-rows.ts'

const modelOfName = statement(
  'registry.described-model',
  (k: Kysely<RegistryTables>, p: { workspace: number; name: string }) =>
    k
      .selectFrom('registered_models')
      .select(['model_key as key', 'description'])
      .where('workspace_key', '=', p.workspace)
      .where('name', '=', p.name),
)

const versionOfModel = statement(
  'registry.described-version',
  (k: Kysely<RegistryTables>, p: { model: number; version: number }) =>
    k
      .selectFrom('model_versions')
      .select(['version_key as key', 'description'])
      .where('model_key', '=', p.model)
      .where('version', '=', p.version),
)

/** Asks nobody what a caller may see: it is for whoever may see the event that holds the beginning of the text. */
export const promptText: PromptText = async (reads, workspaceKey, { name, version, key }) => {
  const model = await reads.first(modelOfName, { workspace: workspaceKey, name })
  if (model === undefined) return undefined
  if (version === undefined) {
    if (key === undefined) return model.description ?? undefined
    return (await reads.first(modelTag, { model: model.key, key }))?.value
  }
  const found = await reads.first(versionOfModel, { model: model.key, version })
  if (found === undefined) return undefined
  if (key === undefined) return found.description ?? undefined
  return (await reads.first(versionTag, { version: found.key, key }))?.value
}
