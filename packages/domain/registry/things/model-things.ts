import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { RegistryTables } from '../registry-tables.ts'

/*
 * What names in grants mean. These ask nobody what a caller may see: they are for whoever decides that.
 */

const keyByName = statement(
  'registry.model-key',
  (k: Kysely<RegistryTables>, p: { workspace: number; name: string }) =>
    k
      .selectFrom('registered_models')
      .select('model_key as key')
      .where('workspace_key', '=', p.workspace)
      .where('name', '=', p.name),
)

const namesByKey = statement(
  'registry.model-names',
  (k: Kysely<RegistryTables>, p: { workspace: number; keys: readonly number[] }, words) =>
    k
      .selectFrom('registered_models')
      .select(['model_key as key', 'name'])
      .where(words.among(sql.ref('model_key'), p.keys))
      .where('workspace_key', '=', p.workspace),
)

/** The key of a registered model or prompt; undefined where there is none of that name. */
export async function findModelKey(
  reads: Reads,
  workspaceKey: number,
  name: string,
): Promise<number | undefined> {
  return (await reads.first(keyByName, { workspace: workspaceKey, name }))?.key
}

/** The names of keys; those that are gone are left out. */
export async function modelNames(
  reads: Reads,
  workspaceKey: number,
  keys: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const rows = await reads.all(namesByKey, { workspace: workspaceKey, keys })
  return new Map(rows.map(({ key, name }) => [key, name]))
}
