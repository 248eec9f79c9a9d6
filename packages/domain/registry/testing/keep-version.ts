import type { Database } from '@orrery/drivers/db'
import type { RegistryTables } from '../registry-tables.ts'
import { PLAIN_ROW, type PlainRow } from './plain-version.ts'

/**
 * Rows of the next version of a model, for tests of what happens to versions and not of how they come about.
 *
 * @param more.files paths of the manifest
 * @returns its key and number
 */
export async function keepVersion(
  db: Database,
  { workspace, name }: { workspace: { readonly key: number }; name: string },
  more: Partial<PlainRow> & { readonly files?: readonly string[] } = {},
): Promise<{ key: number; version: number }> {
  const { files = [], ...row } = more
  return db.inTx(async (tx) => {
    const tables = tx.tables<RegistryTables>()
    const model = await tables
      .updateTable('registered_models')
      .set((e) => ({ last_version: e('last_version', '+', 1) }))
      .where('workspace_key', '=', workspace.key)
      .where('name', '=', name)
      .returning(['model_key', 'last_version'])
      .executeTakeFirstOrThrow()
    const { version_key } = await tables
      .insertInto('model_versions')
      .values({
        ...PLAIN_ROW,
        ...row,
        workspace_key: workspace.key,
        model_key: model.model_key,
        version: model.last_version,
      })
      .returning('version_key')
      .executeTakeFirstOrThrow()
    await tx.bulk(
      {
        table: 'version_files',
        columns: { version_key: 'int', path: 'text', size: 'int', sha256: 'text' },
        key: ['version_key', 'path'],
        onClash: 'fail',
      },
      files.map((path) => [version_key, path, 1, 'ab'.repeat(32)]),
    )
    return { key: version_key, version: model.last_version }
  })
}
