import { type BulkInsert, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryTables } from '../registry-tables.ts'

export type NewVersionRow = Omit<RegistryTables['model_versions'], 'version_key'>

export const insertVersionRow = statement(
  'registry.insert-version',
  (k: Kysely<RegistryTables>, p: NewVersionRow) =>
    k
      .insertInto('model_versions')
      .values({
        workspace_key: p.workspace_key,
        model_key: p.model_key,
        version: p.version,
        stage: p.stage,
        description: p.description,
        user_id: p.user_id,
        source: p.source,
        storage_location: p.storage_location,
        content_path: p.content_path,
        run_id: p.run_id,
        run_link: p.run_link,
        model_id: p.model_id,
        source_version_key: p.source_version_key,
        folder_id: p.folder_id,
        status: p.status,
        status_message: p.status_message,
        type: p.type,
        runs_code: p.runs_code,
        manifest: p.manifest,
        manifest_digest: p.manifest_digest,
        manifest_files: p.manifest_files,
        manifest_bytes: p.manifest_bytes,
        created_at: p.created_at,
        updated_at: p.updated_at,
      })
      .returning('version_key as key'),
)

export const numberTaken = statement(
  'registry.version-number-taken',
  (k: Kysely<RegistryTables>, p: { model: number; last: number; now: number }) =>
    k
      .updateTable('registered_models')
      .set({ last_version: p.last, updated_at: p.now })
      .where('model_key', '=', p.model),
)

export const insertSummary = statement(
  'registry.insert-version-summary',
  (k: Kysely<RegistryTables>, p: RegistryTables['version_summaries']) =>
    k.insertInto('version_summaries').values({ version_key: p.version_key, summary: p.summary }),
)

/** A manifest of 20,000 files stays in the database on its way from one version to the other. */
export const copyFiles = statement(
  'registry.copy-version-files',
  (k: Kysely<RegistryTables>, p: { from: number; to: number }) =>
    k
      .insertInto('version_files')
      .columns(['version_key', 'path', 'size', 'sha256'])
      .expression((from) =>
        from
          .selectFrom('version_files')
          .select((where) => [where.cast<number>(where.val(p.to), 'bigint').as('version_key')])
          .select(['path', 'size', 'sha256'])
          .where('version_key', '=', p.from),
      ),
)

export const newVersionFiles: BulkInsert = {
  table: 'version_files',
  columns: { version_key: 'int', path: 'text', size: 'int', sha256: 'text' },
  key: ['version_key', 'path'],
  onClash: 'fail',
}

export const newVersionTags: BulkInsert = {
  table: 'version_tags',
  columns: { version_key: 'int', key: 'text', value: 'text' },
  key: ['version_key', 'key'],
  onClash: 'fail',
}
