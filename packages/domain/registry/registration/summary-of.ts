import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { VersionSummary } from '../model-version.ts'
import type { RegistryTables } from '../registry-tables.ts'

const byVersion = statement('registry.version-summary', (k: Kysely<RegistryTables>, p: { version: number }) =>
  k.selectFrom('version_summaries').select('summary').where('version_key', '=', p.version),
)

/** Null where there is none: for prompts, and where the files are elsewhere. */
export async function summaryOf(
  reads: Reads,
  version: { readonly key: number },
): Promise<VersionSummary | null> {
  const row = await reads.first(byVersion, { version: version.key })
  return row === undefined ? null : JSON.parse(row.summary)
}
