import type { Database } from '@orrery/drivers/db'
import type { ModelKind } from '../registered-model.ts'
import type { RegistryTables } from '../registry-tables.ts'
import type { Stage } from '../stages.ts'
import { PLAIN_ROW } from './plain-version.ts'

export interface KeptVersion {
  readonly version: number
  /** @default 'None' */
  readonly stage?: Stage
  /** @default '' */
  readonly runId?: string
  /** @default 's3://bucket/model' */
  readonly source?: string
  /** @default 1 */
  readonly createdAt?: number
  /** @default 1 */
  readonly updatedAt?: number
  readonly tags?: Readonly<Record<string, string>>
}

export interface KeptModel {
  readonly name: string
  /** @default 'model' */
  readonly kind?: ModelKind
  /** @default 1 */
  readonly updatedAt?: number
  readonly tags?: Readonly<Record<string, string>>
  readonly aliases?: Readonly<Record<string, number>>
  readonly versions?: readonly KeptVersion[]
}

/**
 * Writes models with their versions past the verbs, so that tests choose their times.
 *
 * @returns the keys of the models
 */
export async function keepModels(
  db: Database,
  workspaceKey: number,
  models: readonly KeptModel[],
): Promise<number[]> {
  return db.inTx(async (tx) => {
    const tables = tx.tables<RegistryTables>()
    /** Few enough for the 32,766 values that SQLite binds. */
    async function insert<Table extends keyof RegistryTables>(table: Table, rows: readonly object[]) {
      for (let from = 0; from < rows.length; from += 1_000) {
        await tables
          .insertInto(table)
          .values(rows.slice(from, from + 1_000) as never)
          .execute()
      }
    }
    await insert(
      'registered_models',
      models.map(({ name, kind = 'model', updatedAt = 1, versions = [] }) => ({
        workspace_key: workspaceKey,
        name,
        kind,
        description: null,
        last_version: Math.max(0, ...versions.map(({ version }) => version)),
        created_at: 1,
        updated_at: updatedAt,
      })),
    )
    const found = await tables
      .selectFrom('registered_models')
      .select(['name', 'model_key as key'])
      .where('workspace_key', '=', workspaceKey)
      .execute()
    const keys = new Map(found.map(({ name, key }) => [name, key]))
    const keyed = models.map((model) => ({ ...model, key: keys.get(model.name)! }))
    await insert(
      'registered_model_tags',
      keyed.flatMap(({ key, tags }) => entriesOf(tags).map((entry) => ({ model_key: key, ...entry }))),
    )
    await insert(
      'model_aliases',
      keyed.flatMap(({ key, aliases = {} }) =>
        Object.entries(aliases).map(([alias, version]) => ({ model_key: key, alias, version })),
      ),
    )
    await insert(
      'model_versions',
      keyed.flatMap(({ key, versions = [] }) => versions.map((one) => rowOf(workspaceKey, key, one))),
    )
    const rows = await tables
      .selectFrom('model_versions')
      .select(['model_key as model', 'version', 'version_key as key'])
      .where('workspace_key', '=', workspaceKey)
      .execute()
    const versionKeys = new Map(rows.map(({ model, version, key }) => [`${model}/${version}`, key]))
    await insert(
      'version_tags',
      keyed.flatMap(({ key, versions = [] }) =>
        versions.flatMap(({ version, tags }) =>
          entriesOf(tags).map((entry) => ({ version_key: versionKeys.get(`${key}/${version}`)!, ...entry })),
        ),
      ),
    )
    return keyed.map(({ key }) => key)
  })
}

const entriesOf = (tags: Readonly<Record<string, string>> = {}) =>
  Object.entries(tags).map(([key, value]) => ({ key, value }))

function rowOf(workspaceKey: number, model: number, given: KeptVersion) {
  const source = given.source ?? PLAIN_ROW.source
  return {
    ...PLAIN_ROW,
    workspace_key: workspaceKey,
    model_key: model,
    version: given.version,
    stage: given.stage ?? 'None',
    source,
    storage_location: source,
    run_id: given.runId ?? '',
    created_at: given.createdAt ?? 1,
    updated_at: given.updatedAt ?? 1,
  }
}
