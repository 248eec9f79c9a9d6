import type { Kysely } from 'kysely'
import type { CorpusRegisteredModel, CorpusVersion } from './registry-corpus.ts'

/** By name only: what the tables are is the business of the registry, and tests of its own hold them to it. */
type AnyTables = Record<string, Record<string, string | number | null>>
type Tables = Kysely<AnyTables>

export async function addRegistered(
  tables: Tables,
  workspace: number,
  given: CorpusRegisteredModel,
): Promise<void> {
  const row = await tables
    .insertInto('registered_models')
    .values({
      workspace_key: workspace,
      name: given.name,
      kind: given.kind,
      description: null,
      last_version: Math.max(0, ...given.versions.map(({ version }) => version)),
      created_at: given.created,
      updated_at: given.updated,
    })
    .returning('model_key as key')
    .executeTakeFirstOrThrow()
  const model = Number(row.key)
  for (const [key, value] of Object.entries(given.tags)) {
    await tables.insertInto('registered_model_tags').values({ model_key: model, key, value }).execute()
  }
  for (const version of given.versions) await addVersion(tables, workspace, model, version)
}

async function addVersion(
  tables: Tables,
  workspace: number,
  model: number,
  given: CorpusVersion,
): Promise<void> {
  const row = await tables
    .insertInto('model_versions')
    .values({
      workspace_key: workspace,
      model_key: model,
      version: given.version,
      stage: given.stage,
      user_id: '',
      source: given.source,
      storage_location: given.source,
      run_id: given.run,
      run_link: '',
      model_id: '',
      status: 'READY',
      type: 'custom_model',
      runs_code: 0,
      manifest: 'outside',
      manifest_files: 0,
      manifest_bytes: 0,
      created_at: given.created,
      updated_at: given.updated,
    })
    .returning('version_key as key')
    .executeTakeFirstOrThrow()
  for (const [key, value] of Object.entries(given.tags)) {
    await tables
      .insertInto('version_tags')
      .values({ version_key: Number(row.key), key, value })
      .execute()
  }
}
