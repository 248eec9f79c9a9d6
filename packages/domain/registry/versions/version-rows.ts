import { type BulkInsert, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryTables } from '../registry-tables.ts'

export const versionTag = statement(
  'registry.version-tag',
  (k: Kysely<RegistryTables>, p: { version: number; key: string }) =>
    k
      .selectFrom('version_tags')
      .select('value')
      .where('version_key', '=', p.version)
      .where('key', '=', p.key),
)

export const versionTagRows: BulkInsert = {
  table: 'version_tags',
  columns: { version_key: 'int', key: 'text', value: 'text' },
  key: ['version_key', 'key'],
  onClash: 'replace',
}
