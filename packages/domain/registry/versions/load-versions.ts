import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { ModelVersion } from '../model-version.ts'
import type { RegistryTables } from '../registry-tables.ts'
import type { FoundVersion } from './find-version.ts'

const tagsOf = statement(
  'registry.version-tags',
  (k: Kysely<RegistryTables>, p: { versions: readonly number[] }, words) =>
    k
      .selectFrom('version_tags')
      .select(['version_key as version', 'key', 'value'])
      .where(words.among(sql.ref('version_key'), p.versions))
      .orderBy('version_key')
      .orderBy('key'),
)

const aliasesOf = statement(
  'registry.version-aliases',
  (k: Kysely<RegistryTables>, p: { models: readonly number[] }, words) =>
    k
      .selectFrom('model_aliases')
      .select(['model_key as model', 'version', 'alias'])
      .where(words.among(sql.ref('model_key'), p.models))
      .orderBy('model_key')
      .orderBy('alias'),
)

/**
 * Versions with their tags, in the order of `found`.
 *
 * @param show.aliases MLflow tells them of versions that are asked for by name, not of those that a search finds
 */
export async function loadVersions(
  reads: Reads,
  found: readonly FoundVersion[],
  show: { readonly aliases: boolean },
): Promise<ModelVersion[]> {
  if (found.length === 0) return []
  const tags = Map.groupBy(
    await reads.all(tagsOf, { versions: found.map(({ key }) => key) }),
    (row) => row.version,
  )
  const models = [...new Set(found.map(({ modelKey }) => modelKey))]
  const aliases = Map.groupBy(
    show.aliases ? await reads.all(aliasesOf, { models }) : [],
    (row) => `${row.model}/${row.version}`,
  )
  return found.map((row) => ({
    name: row.name,
    version: row.version,
    stage: row.stage,
    description: row.description,
    userId: row.userId,
    source: row.source,
    runId: row.runId,
    runLink: row.runLink,
    modelId: row.modelId,
    status: row.status,
    statusMessage: row.statusMessage,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    tags: (tags.get(row.key) ?? []).map(({ key, value }) => ({ key, value })),
    aliases: (aliases.get(`${row.modelKey}/${row.version}`) ?? []).map(({ alias }) => alias),
    type: row.type,
    runsCode: row.runsCode === 1,
    manifest: {
      state: row.manifestState,
      digest: row.manifestDigest,
      files: row.manifestFiles,
      bytes: row.manifestBytes,
    },
  }))
}
