import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { RegistryTables } from '../registry-tables.ts'

const byNumber = statement(
  'registry.has-version',
  (k: Kysely<RegistryTables>, p: { model: number; version: number }) =>
    k
      .selectFrom('model_versions')
      .select('version')
      .where('model_key', '=', p.model)
      .where('version', '=', p.version),
)

/** Whether a registered model has a version of that number. Asks nobody what a caller may see. */
export async function hasVersion(reads: Reads, modelKey: number, version: number): Promise<boolean> {
  return (await reads.first(byNumber, { model: modelKey, version })) !== undefined
}
