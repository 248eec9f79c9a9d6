import { type Database, statement, type Tx } from '@orrery/drivers/db'
import { type Kysely, type SqlBool, sql } from 'kysely'
import type { RegistryTables } from '../registry-tables.ts'
import { queueRemoval } from '../removals/queue-removal.ts'
import { removalDone, removeSome } from '../removals/work-off-removals.ts'

/** Models whose own rows, tags and aliases one transaction takes. */
const SLICE_MODELS = 20

/** A step that begins within this time takes up to 3 ms more. Most take a tenth of one: alone, each would cost a commit. */
const BUDGET_MS = 2

/** About 2 µs each on SQLite. */
const SLICE_ROWS = 1000

type Where = { workspace: number }
type Models = { models: readonly number[] }

const nextRemoval = statement('registry.next-removal-in-workspace', (k: Kysely<RegistryTables>, p: Where) =>
  k
    .selectFrom('registry_removals')
    .selectAll()
    .where('workspace_key', '=', p.workspace)
    .orderBy('removal_key', 'desc')
    .limit(1),
)

const someModels = statement('registry.some-models-in-workspace', (k: Kysely<RegistryTables>, p: Where) =>
  k
    .selectFrom('registered_models')
    .select('model_key as key')
    .where('workspace_key', '=', p.workspace)
    .limit(SLICE_MODELS),
)

const drops = (['registered_models', 'registered_model_tags', 'model_aliases'] as const).map((table) =>
  statement(`registry.drop-some-${table}`, (k: Kysely<RegistryTables>, p: Models, words) =>
    k.deleteFrom(table).where(words.among(sql.ref('model_key'), p.models)),
  ),
)

const dropFolders = statement('registry.drop-some-folders', (k: Kysely<RegistryTables>, p: Where) => {
  const some = sql`select folder_id from version_folders
    where workspace_key = ${p.workspace} limit ${sql.lit(SLICE_ROWS)}`
  return k.deleteFrom('version_folders').where(sql<SqlBool>`folder_id in (${some})`)
})

/**
 * Removes a slice of what a deleted workspace has. Each of its models becomes a removal and is worked off as any other, but
 * for files: these go with the folder of the workspace, and tracking empties that. May be broken off and repeated.
 *
 * @returns whether there is nothing left
 */
export function makeRemoveSlice(db: Database) {
  return async function removeSlice(workspaceKey: number): Promise<boolean> {
    const where = { workspace: workspaceKey }
    if (await db.inTx((tx) => workOffSome(tx, workspaceKey))) return false
    if (await db.inTx((tx) => queueSome(tx, workspaceKey))) return false
    return (await db.inTx((tx) => tx.run(dropFolders, where))) === 0
  }
}

/** @returns whether there was anything to do */
async function workOffSome(tx: Tx, workspaceKey: number): Promise<boolean> {
  const until = performance.now() + BUDGET_MS
  let removal = await tx.first(nextRemoval, { workspace: workspaceKey })
  if (removal === undefined) return false
  while (removal !== undefined && performance.now() < until) {
    if (await removeSome(tx, removal)) continue
    await removalDone(tx, removal)
    removal = await tx.first(nextRemoval, { workspace: workspaceKey })
  }
  return true
}

async function queueSome(tx: Tx, workspaceKey: number): Promise<boolean> {
  const some = await tx.all(someModels, { workspace: workspaceKey })
  const models = some.map(({ key }) => key)
  for (const target of models) await queueRemoval(tx, { workspaceKey, kind: 'model', target })
  if (models.length > 0) for (const drop of drops) await tx.run(drop, { models })
  return models.length > 0
}
