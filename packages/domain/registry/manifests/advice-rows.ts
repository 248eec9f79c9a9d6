import { type BulkInsert, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryTables } from '../registry-tables.ts'

/** By scanner. */
export const adviceOf = statement(
  'registry.version-advice',
  (k: Kysely<RegistryTables>, p: { version: number }) =>
    k
      .selectFrom('version_advice')
      .select([
        'scanner',
        'scanner_version as scannerVersion',
        'manifest_digest as manifestDigest',
        'verdict',
        'findings',
        'reported_by as reportedBy',
        'reported_at as reportedAt',
      ])
      .where('version_key', '=', p.version)
      .orderBy('scanner'),
)

export const adviceRows: BulkInsert = {
  table: 'version_advice',
  columns: {
    version_key: 'int',
    scanner: 'text',
    scanner_version: 'text',
    manifest_digest: 'text',
    verdict: 'text',
    findings: 'text',
    reported_by: 'text',
    reported_at: 'int',
  },
  key: ['version_key', 'scanner'],
  onClash: 'replace',
}
