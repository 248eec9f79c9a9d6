import type { BulkInsert, Database, Value } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'

/*
 * Graphs of two shapes. `wide`: a dataset that many runs read, each of which made a model that is registered and that
 * another run reads. `deep`: runs that each read what the one before has made, many of them side by side.
 */
export interface FillLineageOptions {
  readonly workspaceKey: number
  /** Runs that read the dataset; a graph has four times as many nodes. */
  readonly readers: number
  readonly depth: number
  readonly abreast: number
  /** How often both are there, each with names of its own: what a walk must not look at. */
  readonly times: number
}

const AT = 1_750_000_000_000

const insertRows = (table: string, columns: BulkInsert['columns'], key: string[]): BulkInsert => ({
  ...{ table, columns, key },
  onClash: 'fail',
})

const runRows = insertRows(
  'runs',
  {
    ...{ workspace_key: 'int', experiment_key: 'int', run_id: 'text', name: 'text', user_id: 'text' },
    ...{ status: 'text', start_time: 'int', end_time: 'int', artifact_uri: 'text' },
  },
  ['run_key'],
)
const modelRows = insertRows(
  'logged_models',
  {
    ...{ workspace_key: 'int', experiment_key: 'int', model_id: 'text', name: 'text', model_type: 'text' },
    ...{ source_run_id: 'text', status: 'text', artifact_uri: 'text', lifecycle: 'text' },
    ...{ created_at: 'int', updated_at: 'int' },
  },
  ['model_key'],
)
const datasetRows = insertRows(
  'datasets',
  { experiment_key: 'int', name: 'text', digest: 'text', source_type: 'text', source: 'text' },
  ['dataset_key'],
)
const readRows = insertRows('run_datasets', { run_key: 'int', dataset_key: 'int' }, [
  'run_key',
  'dataset_key',
])
const linkRows = insertRows(
  'run_models',
  { run_key: 'int', direction: 'text', model_id: 'text', step: 'int' },
  ['run_key', 'direction', 'model_id'],
)
const registeredRows = insertRows(
  'registered_models',
  {
    ...{ workspace_key: 'int', name: 'text', kind: 'text', description: 'text' },
    ...{ last_version: 'int', created_at: 'int', updated_at: 'int' },
  },
  ['model_key'],
)
const versionRows = insertRows(
  'model_versions',
  {
    ...{ workspace_key: 'int', model_key: 'int', version: 'int', stage: 'text', user_id: 'text' },
    ...{ source: 'text', storage_location: 'text', run_id: 'text', run_link: 'text', model_id: 'text' },
    ...{ status: 'text', type: 'text', runs_code: 'int', manifest: 'text', manifest_files: 'int' },
    ...{ manifest_bytes: 'int', created_at: 'int', updated_at: 'int' },
  },
  ['version_key'],
)

/** Where walks begin. */
export const WIDE_START = { kind: 'dataset', id: 'wide-0#1' } as const
export const DEEP_START = { kind: 'dataset', id: 'deep-0#1' } as const

interface Keys {
  runs: { run_key: number; run_id: string }
  datasets: { dataset_key: number; name: string }
  registered_models: { model_key: number; name: string }
  experiments: { experiment_key: number; workspace_key: number }
}

/** Fills a migrated store whose workspace has an experiment, past every verb. */
export async function fillLineage(db: Database, options: FillLineageOptions): Promise<void> {
  for (let time = 0; time < options.times; time++) await fillOnce(db, options, time)
}

async function fillOnce(db: Database, options: FillLineageOptions, time: number): Promise<void> {
  const { workspaceKey: workspace, readers, depth, abreast } = options
  await db.inTx(async (tx) => {
    const tables: Kysely<Keys> = tx.tables<Keys>()
    const { experiment_key: experiment } = await tables
      .selectFrom('experiments')
      .select('experiment_key')
      .where('workspace_key', '=', workspace)
      .executeTakeFirstOrThrow()
    const runIds: string[] = []
    const models: Value[][] = []
    const links: [run: string, direction: string, model: string][] = []
    const reads: [run: string, dataset: string][] = []
    const versions: Value[][] = []
    const run = (of: string) => {
      const id = `${time}${of}`.padStart(32, '0')
      runIds.push(id)
      return id
    }
    const made = (by: string) => {
      const id = `m-${by}`
      models.push([workspace, experiment, id, 'model', '', by, 'READY', 's3://b/m', 'active', AT, AT])
      return id
    }
    for (let n = 0; n < readers; n++) {
      const reader = run(`a${n}`)
      reads.push([reader, `wide-${time}`])
      const model = made(reader)
      versions.push([n + 1, reader, model])
      links.push([run(`b${n}`), 'input', model])
    }
    for (let n = 0; n < abreast; n++) {
      let model: string | undefined
      for (let level = 0; level < depth; level++) {
        const id = run(`c${n}d${level}`)
        if (model === undefined) reads.push([id, `deep-${time}`])
        else links.push([id, 'input', model])
        model = made(id)
      }
    }
    await tx.bulk(
      runRows,
      runIds.map((id) => [workspace, experiment, id, 'run', 'ada', 'FINISHED', AT, AT, 's3://b/r']),
    )
    await tx.bulk(modelRows, models)
    await tx.bulk(
      datasetRows,
      ['wide', 'deep'].map((name) => [experiment, `${name}-${time}`, '1', 'http', '{}']),
    )
    const runKeys = new Map(
      (await tables.selectFrom('runs').select(['run_key', 'run_id']).execute()).map((row) => [
        row.run_id,
        row.run_key,
      ]),
    )
    const datasetKeys = new Map(
      (await tables.selectFrom('datasets').select(['dataset_key', 'name']).execute()).map((row) => [
        row.name,
        row.dataset_key,
      ]),
    )
    await tx.bulk(
      readRows,
      reads.map(([id, name]) => [runKeys.get(id)!, datasetKeys.get(name)!]),
    )
    await tx.bulk(
      linkRows,
      links.map(([id, direction, model]) => [runKeys.get(id)!, direction, model, 0]),
    )
    await tx.bulk(registeredRows, [[workspace, `model-${time}`, 'model', null, readers, AT, AT]])
    const { model_key } = await tables
      .selectFrom('registered_models')
      .select('model_key')
      .where('name', '=', `model-${time}`)
      .executeTakeFirstOrThrow()
    await tx.bulk(
      versionRows,
      versions.map(([version, , model]) => [
        ...[workspace, model_key, version!, 'None', 'ada', 's3://b/m', 's3://b/m', '', '', model!],
        ...['READY', 'mlflow_model', 0, 'outside', 0, 0, AT, AT],
      ]),
    )
  })
}
