import { type Caller, Problem } from '@orrery/base/kernel'
import type { BulkInsert, Tx } from '@orrery/drivers/db'
import type { TrackingDeps } from '../deps.ts'
import { checkCount, checkLength } from '../entries.ts'
import { checkRunId, type FoundRun, takeActiveRun } from '../runs/find-run.ts'
import type { DatasetInput } from '../runs/run.ts'
import { INPUT_LIMITS } from './input-limits.ts'
import { checkModelId, newModelLinks } from './model-links.ts'
import { datasetId, takeDatasets } from './take-datasets.ts'

const newLinks: BulkInsert = {
  table: 'run_datasets',
  columns: { run_key: 'int', dataset_key: 'int' },
  key: ['run_key', 'dataset_key'],
  onClash: 'ignore',
}

const newLinkTags: BulkInsert = {
  table: 'run_dataset_tags',
  columns: { run_key: 'int', dataset_key: 'int', key: 'text', value: 'text' },
  key: ['run_key', 'dataset_key', 'key'],
  onClash: 'fail',
}

/**
 * Notes which datasets and models a run used. A dataset is one of its experiment: the first description of a name
 * and digest stays, and a run that has it already keeps the tags it came with. Model ids are not looked up.
 */
export function makeLogInputs({ db, emit }: TrackingDeps) {
  return async function logInputs(
    caller: Caller,
    input: { runId: string; datasets: readonly DatasetInput[]; models: readonly string[] },
  ): Promise<void> {
    checkRunId(input.runId)
    checkCount(input.datasets, 'datasets')
    checkCount(input.models, 'models')
    for (const [at, dataset] of input.datasets.entries()) checkDatasetInput(dataset, `datasets[${at}]`)
    for (const [at, model] of input.models.entries()) checkModelId(model, `models[${at}].model_id`)
    await db.inTx(
      async (tx) => {
        const run = await takeActiveRun(tx, caller, input.runId, 'run.write')
        const datasets = await linkDatasets(tx, run, input.datasets)
        const models = await linkModels(tx, run, input.models)
        if (datasets.length === 0 && models.length === 0) return
        await emit(tx, caller, {
          type: 'run.inputs-logged',
          subject: `runs/${input.runId}`,
          on: run.experimentKey,
          ...(models.length === 0 ? {} : { also: models.map((model) => `logged-models/${model}`) }),
          after: { datasets, models },
        })
      },
      { bytes: bytesOf(input.datasets) },
    )
  }
}

/** About how much memory a call with these datasets takes while it waits: a profile alone may be 16 MB. */
function bytesOf(datasets: readonly DatasetInput[]): number {
  let bytes = 1024
  for (const { dataset, tags } of datasets) {
    bytes += dataset.source.length + (dataset.schema?.length ?? 0) + (dataset.profile?.length ?? 0)
    bytes += 500 * (1 + tags.length)
  }
  return bytes
}

function checkDatasetInput({ dataset, tags }: DatasetInput, field: string): void {
  checkLength(dataset.name, INPUT_LIMITS.datasetName, 'name')
  checkLength(dataset.digest, INPUT_LIMITS.datasetDigest, 'digest')
  checkLength(dataset.source, INPUT_LIMITS.datasetSource, 'source')
  checkLength(dataset.schema ?? '', INPUT_LIMITS.datasetSchema, 'schema')
  checkLength(dataset.profile ?? '', INPUT_LIMITS.datasetProfile, 'profile')
  checkCount(tags, `${field}.tags`)
  const keys = new Set<string>()
  for (const { key, value } of tags) {
    checkLength(key, INPUT_LIMITS.tagKey, 'key')
    checkLength(value, INPUT_LIMITS.tagValue, 'value')
    if (!keys.has(key)) keys.add(key)
    else throw new Problem('BAD_REQUEST', `The tag '${key}' stands in '${field}.tags' more than once.`)
  }
}

/** @returns name and digest of those that the run did not have */
async function linkDatasets(
  tx: Tx,
  run: FoundRun,
  inputs: readonly DatasetInput[],
): Promise<{ name: string; digest: string }[]> {
  if (inputs.length === 0) return []
  const distinct = new Map<string, DatasetInput>()
  for (const input of inputs) {
    const id = datasetId(input.dataset)
    if (!distinct.has(id)) distinct.set(id, input)
  }
  const keys = await takeDatasets(
    tx,
    run.experimentKey,
    Array.from(distinct.values(), (input) => input.dataset),
  )
  const links = Array.from(distinct, ([id, input]) => ({ key: keys.get(id)!, input }))
  const added = await tx.bulkMarked(
    newLinks,
    links.map(({ key }) => [run.key, key]),
  )
  const fresh = links.filter((_, at) => added[at] === 1)
  await tx.bulk(
    newLinkTags,
    fresh.flatMap(({ key, input }) => input.tags.map((tag) => [run.key, key, tag.key, tag.value])),
  )
  return fresh.map(({ input: { dataset } }) => ({ name: dataset.name, digest: dataset.digest }))
}

async function linkModels(tx: Tx, run: FoundRun, models: readonly string[]): Promise<string[]> {
  if (models.length === 0) return []
  const distinct = Array.from(new Set(models))
  const added = await tx.bulkMarked(
    newModelLinks,
    distinct.map((model) => [run.key, 'input', model, 0]),
  )
  return distinct.filter((_, at) => added[at] === 1)
}
