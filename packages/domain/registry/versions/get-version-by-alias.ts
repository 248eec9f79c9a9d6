import { invalid, missing } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryDeps } from '../deps.ts'
import { type FoundModel, findModel } from '../models/find-model.ts'
import { checkAlias, checkModelName } from '../names.ts'
import type { Versions } from '../registry.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { type FoundVersion, VERSION_COLUMNS } from './find-version.ts'
import { loadVersions } from './load-versions.ts'

const selectVersions = (k: Kysely<RegistryTables>, p: { model: number }) =>
  k
    .selectFrom('model_versions')
    .innerJoin('registered_models', 'registered_models.model_key', 'model_versions.model_key')
    .select(VERSION_COLUMNS)
    .where('model_versions.model_key', '=', p.model)

/** One question, so that a version which is deleted meanwhile takes its alias along. */
const byAlias = statement(
  'registry.version-by-alias',
  (k: Kysely<RegistryTables>, p: { model: number; alias: string }) =>
    selectVersions(k, p)
      .innerJoin('model_aliases', (join) =>
        join
          .onRef('model_aliases.model_key', '=', 'model_versions.model_key')
          .onRef('model_aliases.version', '=', 'model_versions.version'),
      )
      .where('model_aliases.alias', '=', p.alias),
)

const newest = statement('registry.newest-version', (k: Kysely<RegistryTables>, p: { model: number }) =>
  selectVersions(k, p).orderBy('model_versions.version', 'desc').limit(1),
)

export function makeGetVersionByAlias({ db }: RegistryDeps): Versions['getByAlias'] {
  return async function getVersionByAlias(caller, { name, alias }) {
    checkModelName(name)
    checkAlias(alias)
    const model = await findModel(db.read, caller, name)
    const [shown] = await loadVersions(db.read, [await versionByAlias(db.read, model, alias)], {
      aliases: true,
    })
    return shown!
  }
}

/**
 * The version that an alias names, for whoever has found the model.
 *
 * @param alias checked (`checkAlias`)
 * @throws INVALID_PARAMETER_VALUE for one that is not set, RESOURCE_DOES_NOT_EXIST for `latest` of no version
 */
export async function versionByAlias(reads: Reads, model: FoundModel, alias: string): Promise<FoundVersion> {
  if (alias.toLowerCase() === 'latest') {
    const version = await reads.first(newest, { model: model.key })
    if (version === undefined) throw missing(`Latest version not found for model ${model.name}.`)
    return version
  }
  const version = await reads.first(byAlias, { model: model.key, alias })
  if (version === undefined) throw invalid(`Registered model alias ${alias} not found.`)
  return version
}
