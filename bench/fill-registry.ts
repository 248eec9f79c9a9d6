import type { BulkInsert, Database, Value } from '@orrery/drivers/db'
import { sql } from 'kysely'

export interface FillRegistryOptions {
  readonly workspaceKey: number
  readonly models: number
  readonly versionsPerModel: number
}

const FILLED_AT = 1_750_000_000_000
const TEAMS = 20

const modelRows: BulkInsert = {
  table: 'registered_models',
  columns: {
    workspace_key: 'int',
    name: 'text',
    kind: 'text',
    description: 'text',
    last_version: 'int',
    created_at: 'int',
    updated_at: 'int',
  },
  key: ['model_key'],
  onClash: 'fail',
}

const versionRows: BulkInsert = {
  table: 'model_versions',
  columns: {
    workspace_key: 'int',
    model_key: 'int',
    version: 'int',
    stage: 'text',
    description: 'text',
    user_id: 'text',
    source: 'text',
    storage_location: 'text',
    content_path: 'text',
    run_id: 'text',
    run_link: 'text',
    model_id: 'text',
    status: 'text',
    type: 'text',
    runs_code: 'int',
    manifest: 'text',
    manifest_digest: 'text',
    manifest_files: 'int',
    manifest_bytes: 'int',
    created_at: 'int',
    updated_at: 'int',
  },
  key: ['version_key'],
  onClash: 'fail',
}

const tagRows = (table: 'registered_model_tags' | 'version_tags', key: string): BulkInsert => ({
  table,
  columns: { [key]: 'int', key: 'text', value: 'text' },
  key: [key, 'key'],
  onClash: 'fail',
})

const aliasRows: BulkInsert = {
  table: 'model_aliases',
  columns: { model_key: 'int', alias: 'text', version: 'int' },
  key: ['model_key', 'alias'],
  onClash: 'fail',
}

/** Models written at a time. */
const BATCH = 500

export const modelName = (at: number) => `model-${String(at).padStart(6, '0')}`
export const runIdOf = (version: number) => version.toString(16).padStart(32, 'a')

/**
 * Fills a migrated store with registered models, past every verb: 100,000 versions in about 10 s. Searches find what
 * they would find in a registry that was registered to; files and manifests are not made.
 */
export async function fillRegistry(db: Database, options: FillRegistryOptions): Promise<void> {
  const tickets = ticketsOf(options.models * options.versionsPerModel)
  for (let first = 0; first < options.models; first += BATCH) {
    await db.inTx(async (tx) => {
      const count = Math.min(BATCH, options.models - first)
      const ats = Array.from({ length: count }, (_, at) => first + at)
      const lastModel = (await keysBehind('registered_models', 'model_key', -1)).at(-1) ?? 0
      await tx.bulk(
        modelRows,
        ats.map((at) => modelRow(options, at)),
      )
      const models = await keysBehind('registered_models', 'model_key', lastModel)
      await tx.bulk(tagRows('registered_model_tags', 'model_key'), models.flatMap(modelTags))
      await tx.bulk(
        aliasRows,
        models.flatMap((key): Value[][] => [
          [key, 'champion', 1],
          [key, 'challenger', options.versionsPerModel],
        ]),
      )
      const lastVersion = (await keysBehind('model_versions', 'version_key', -1)).at(-1) ?? 0
      await tx.bulk(
        versionRows,
        models.flatMap((key, n) =>
          Array.from({ length: options.versionsPerModel }, (_, at) =>
            versionRow(options, key, first + n, at),
          ),
        ),
      )
      const versions = await keysBehind('model_versions', 'version_key', lastVersion)
      const before = first * options.versionsPerModel
      await tx.bulk(
        tagRows('version_tags', 'version_key'),
        versions.flatMap((key, n) => versionTags(key, before + n, tickets)),
      )

      /** Ascending; of -1 only the highest. */
      async function keysBehind(table: string, key: string, last: number): Promise<number[]> {
        const [column, from] = [sql.ref(key), sql.table(table)]
        const { rows } = await (last < 0
          ? sql<{ key: number }>`select ${column} as key from ${from} order by ${column} desc limit 1`
          : sql<{
              key: number
            }>`select ${column} as key from ${from} where ${column} > ${last} order by ${column}`
        ).execute(tx.tables())
        return rows.map((row) => Number(row.key))
      }
    })
  }
}

function modelRow({ workspaceKey, versionsPerModel }: FillRegistryOptions, at: number): Value[] {
  const name = modelName(at)
  return [workspaceKey, name, 'model', `What ${name} does`, versionsPerModel, FILLED_AT, FILLED_AT + at]
}

const modelTags = (key: number): Value[][] => [
  [key, 'team', `team-${key % TEAMS}`],
  [key, 'task', `task-${key % 7}`],
]

function versionRow(
  { workspaceKey, versionsPerModel }: FillRegistryOptions,
  model: number,
  modelAt: number,
  at: number,
): Value[] {
  const place = modelAt * versionsPerModel + at
  const runId = runIdOf(place)
  const stage = ['Archived', 'Production', 'Staging'][at] ?? 'None'
  const source = `mlflow-artifacts:/1/${runId}/artifacts/model`
  const digest = runId.repeat(2)
  return [
    ...[workspaceKey, model, at + 1, stage, null, 'bench', source, source, `1/${runId}/artifacts/model`],
    ...[runId, '', '', 'READY', 'mlflow_model', 1, 'complete', digest, 10, 1_000_000],
    // Later versions were registered later, each model's in turn with those of the others.
    ...[FILLED_AT + at * 1_000_000 + modelAt, FILLED_AT + at * 1_000_000 + modelAt],
  ]
}

const versionTags = (key: number, place: number, tickets: number): Value[][] => [
  [key, 'orrery.flavors', place % 3 === 0 ? 'python_function,sklearn' : 'python_function,xgboost'],
  [key, 'orrery.signature', 'true'],
  [key, 'orrery.source.experiment', `experiment ${place % 10}`],
  [key, 'orrery.source.run_id', runIdOf(place)],
  [key, 'team', `team-${place % TEAMS}`],
  [key, 'ticket', ticket(place % tickets)],
]

const VERSIONS_PER_TICKET = 50

/** How many values the tag `ticket` has: 50 versions share each, and they are of many models. */
export const ticketsOf = (versions: number) => Math.ceil(versions / VERSIONS_PER_TICKET)

export const ticket = (n: number) => `T-${n}`
