import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { CheckedProperties } from './workspace-properties.ts'

const dropTags = statement(
  'access.drop-workspace-tags',
  (k: Kysely<AccessTables>, p: { workspace: number }) =>
    k.deleteFrom('workspace_tags').where('workspace_key', '=', p.workspace),
)

const insertTag = statement(
  'access.insert-workspace-tag',
  (k: Kysely<AccessTables>, p: { workspace: number; key: string; value: string }) =>
    k.insertInto('workspace_tags').values({ workspace_key: p.workspace, key: p.key, value: p.value }),
)

/** Writes what was given of a workspace's properties, and replaces its tags if there are any to write. */
export async function writeProperties(
  tx: Tx,
  workspace: number,
  { columns, tags }: CheckedProperties,
): Promise<void> {
  if (Object.keys(columns).length > 0) {
    await tx
      .tables<AccessTables>()
      .updateTable('workspaces')
      .set(columns)
      .where('workspace_key', '=', workspace)
      .execute()
  }
  if (tags === undefined) return
  await tx.run(dropTags, { workspace })
  for (const [key, value] of tags) await tx.run(insertTag, { workspace, key, value })
}
