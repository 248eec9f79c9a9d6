import type { Database } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { Corpus, CorpusExperiment, CorpusModel, CorpusRun } from './corpus.ts'
import { addRegistered } from './load-registry.ts'
import type { Value } from './words.ts'

/** By name only: what the tables are is the business of tracking, and tests of its own hold them to it. */
type AnyTables = Record<string, Record<string, string | number | null>>
type Tables = Kysely<AnyTables>

/** Writes the corpus into an empty, migrated store of ours, past the verbs: ids and times are the corpus's own. */
export async function loadCorpus(db: Database, workspaceKey: number, corpus: Corpus): Promise<void> {
  await db.inTx(async (tx) => {
    const tables = tx.tables<AnyTables>()
    const experiments = new Map<string, number>()
    for (const experiment of corpus.experiments) {
      experiments.set(experiment.id, await addExperiment(tables, workspaceKey, experiment))
    }
    const datasets = new Map<string, number>()
    for (const run of corpus.runs) {
      await addRun(tables, workspaceKey, experiments.get(run.experiment)!, run, datasets)
    }
    for (const model of corpus.models) {
      await addModel(tables, workspaceKey, experiments.get(model.experiment)!, model)
    }
    for (const model of corpus.registered) await addRegistered(tables, workspaceKey, model)
  })
}

async function addExperiment(tables: Tables, workspace: number, given: CorpusExperiment): Promise<number> {
  const row = await tables
    .insertInto('experiments')
    .values({
      workspace_key: workspace,
      experiment_id: given.id,
      name: given.name,
      artifact_location: `mlflow-artifacts:/${given.id}`,
      lifecycle: given.lifecycle,
      epoch: 0,
      created_at: given.created,
      updated_at: given.updated,
    })
    .returning('experiment_key as key')
    .executeTakeFirstOrThrow()
  for (const entry of entriesOf(given.tags)) {
    await tables
      .insertInto('experiment_tags')
      .values({ experiment_key: row.key!, ...entry })
      .execute()
  }
  return Number(row.key)
}

async function addRun(
  tables: Tables,
  workspace: number,
  experiment: number,
  given: CorpusRun,
  datasets: Map<string, number>,
): Promise<void> {
  const runRow = await tables
    .insertInto('runs')
    .values({
      workspace_key: workspace,
      experiment_key: experiment,
      run_id: given.id,
      name: given.name,
      user_id: given.user,
      status: given.status,
      start_time: given.start,
      end_time: given.end,
      deleted_epoch: given.lifecycle === 'deleted' ? 0 : null,
      deleted_at: given.lifecycle === 'deleted' ? 1 : null,
      artifact_uri: given.uri,
    })
    .returning('run_key as key')
    .executeTakeFirstOrThrow()
  const run = Number(runRow.key)
  for (const entry of entriesOf(given.params)) {
    await tables
      .insertInto('run_params')
      .values({ run_key: run, ...entry })
      .execute()
  }
  for (const entry of entriesOf(given.tags)) {
    await tables
      .insertInto('run_tags')
      .values({ run_key: run, ...entry })
      .execute()
  }
  for (const [key, value] of Object.entries(given.metrics)) {
    const row = { run_key: run, key, experiment_key: experiment, ...stored(value), step: 0, timestamp: 0 }
    await tables.insertInto('latest').values(row).execute()
  }
  for (const dataset of given.datasets) {
    const name = JSON.stringify([experiment, dataset.name, dataset.digest])
    const known = datasets.get(name) ?? (await addDataset(tables, experiment, dataset))
    datasets.set(name, known)
    const link = { run_key: run, dataset_key: known }
    await tables.insertInto('run_datasets').values(link).execute()
    if (dataset.context === undefined) continue
    const tag = { ...link, key: 'mlflow.data.context', value: dataset.context }
    await tables.insertInto('run_dataset_tags').values(tag).execute()
  }
}

async function addDataset(
  tables: Tables,
  experiment: number,
  { name, digest }: { name: string; digest: string },
): Promise<number> {
  const row = await tables
    .insertInto('datasets')
    .values({
      experiment_key: experiment,
      name,
      digest,
      source_type: 'local',
      source: '{}',
      schema: null,
      profile: null,
    })
    .returning('dataset_key as key')
    .executeTakeFirstOrThrow()
  return Number(row.key)
}

async function addModel(
  tables: Tables,
  workspace: number,
  experiment: number,
  given: CorpusModel,
): Promise<void> {
  const modelRow = await tables
    .insertInto('logged_models')
    .values({
      workspace_key: workspace,
      experiment_key: experiment,
      model_id: given.id,
      name: given.name,
      model_type: given.type,
      source_run_id: given.sourceRun,
      status: given.status,
      status_message: null,
      artifact_uri: '',
      lifecycle: given.lifecycle,
      created_at: given.created,
      updated_at: given.updated,
    })
    .returning('model_key as key')
    .executeTakeFirstOrThrow()
  const model = Number(modelRow.key)
  for (const entry of entriesOf(given.params)) {
    await tables
      .insertInto('logged_model_params')
      .values({ model_key: model, ...entry })
      .execute()
  }
  for (const entry of entriesOf(given.tags)) {
    await tables
      .insertInto('logged_model_tags')
      .values({ model_key: model, ...entry })
      .execute()
  }
  for (const { key, value, timestamp, step, run, dataset } of given.metrics) {
    await tables
      .insertInto('logged_model_metrics')
      .values({
        model_key: model,
        key,
        timestamp,
        step,
        run_id: run,
        ...stored(value),
        dataset_name: dataset?.name ?? '',
        dataset_digest: dataset?.digest ?? '',
      })
      .execute()
  }
}

const entriesOf = (entries: Record<string, string>) =>
  Object.entries(entries).map(([key, value]) => ({ key, value }))

function stored(value: Value): { value: number; nan: number } {
  if (value === 'NaN') return { value: 0, nan: 1 }
  return { value: Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, Number(value))), nan: 0 }
}
