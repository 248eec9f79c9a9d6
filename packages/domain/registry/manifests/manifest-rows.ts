import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryTables } from '../registry-tables.ts'

/** The files of a version's manifest behind a path, by the bytes of their paths. */
export const filesAfter = statement(
  'registry.version-files-after',
  (k: Kysely<RegistryTables>, p: { version: number; after: string; limit: number }) =>
    k
      .selectFrom('version_files')
      .select(['path', 'size', 'sha256'])
      .where('version_key', '=', p.version)
      .where('path', '>', p.after)
      .orderBy('path')
      .limit(p.limit),
)

export const fileAt = statement(
  'registry.version-file',
  (k: Kysely<RegistryTables>, p: { version: number; path: string }) =>
    k
      .selectFrom('version_files')
      .select(['path', 'size', 'sha256'])
      .where('version_key', '=', p.version)
      .where('path', '=', p.path),
)
