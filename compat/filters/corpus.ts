import { Choices } from './random.ts'
import { type CorpusRegisteredModel, makeRegistered } from './registry-corpus.ts'
import {
  CONTEXTS,
  DATASETS,
  type Entries,
  entries,
  METRIC_KEYS,
  MODEL_NAMES,
  MODEL_TYPES,
  PARAM_KEYS,
  RUN_NAMES,
  STATUSES,
  TAG_KEYS,
  TIMES,
  USERS,
  VALUES,
  type Value,
} from './words.ts'

export interface CorpusExperiment {
  readonly id: string
  readonly name: string
  readonly lifecycle: 'active' | 'deleted'
  readonly created: number
  readonly updated: number
  readonly tags: Entries
}

export interface CorpusDataset {
  readonly name: string
  readonly digest: string
  readonly context?: string
}

export interface CorpusRun {
  readonly id: string
  readonly experiment: string
  readonly name: string
  readonly user: string
  readonly status: string
  readonly start: number
  readonly end: number | null
  readonly lifecycle: 'active' | 'deleted'
  readonly uri: string
  readonly metrics: Record<string, Value>
  readonly params: Entries
  readonly tags: Entries
  readonly datasets: readonly CorpusDataset[]
}

export interface CorpusModelMetric {
  readonly key: string
  readonly value: Value
  readonly timestamp: number
  readonly step: number
  readonly run: string
  readonly dataset?: CorpusDataset
}

export interface CorpusModel {
  readonly id: string
  readonly experiment: string
  readonly name: string
  readonly type: string
  readonly sourceRun: string
  readonly status: 'PENDING' | 'READY' | 'FAILED'
  readonly lifecycle: 'active' | 'deleted'
  readonly created: number
  readonly updated: number
  readonly params: Entries
  readonly tags: Entries
  readonly metrics: readonly CorpusModelMetric[]
}

/** One small world, the same every time, that is loaded into MLflow's store and into ours. */
export interface Corpus {
  readonly experiments: readonly CorpusExperiment[]
  readonly runs: readonly CorpusRun[]
  readonly models: readonly CorpusModel[]
  readonly registered: readonly CorpusRegisteredModel[]
}

const RUNS = 110
const MODELS = 50

export function makeCorpus(): Corpus {
  const choices = new Choices(20_261_121)
  const experiments = makeExperiments(choices)
  const runs = Array.from({ length: RUNS }, () => makeRun(choices, choices.one(experiments)))
  const models = Array.from({ length: MODELS }, () => makeModel(choices, choices.one(experiments), runs))
  return { experiments, runs, models, registered: makeRegistered(choices, runs) }
}

function makeExperiments(choices: Choices): CorpusExperiment[] {
  const names = ['Default', 'first', 'First', '100% sure', 'gone', "it's", 'naïve_test']
  return names.map((name, at) => ({
    id: String(at),
    name,
    lifecycle: name === 'gone' ? 'deleted' : 'active',
    created: choices.one(TIMES),
    updated: choices.one(TIMES),
    tags: entries(choices, TAG_KEYS, 0.4),
  }))
}

function makeRun(choices: Choices, experiment: CorpusExperiment): CorpusRun {
  const id = choices.hex(32)
  const name = choices.one(RUN_NAMES)
  const start = choices.one(TIMES)
  const metrics = choices.some(METRIC_KEYS, 0.6).map((key) => [key, choices.one(VALUES)])
  const datasets = choices
    .some(DATASETS, 0.25)
    .map((dataset) => (choices.chance(0.7) ? { ...dataset, context: choices.one(CONTEXTS) } : dataset))
  const tags = entries(choices, TAG_KEYS, 0.5)
  return {
    id,
    experiment: experiment.id,
    name,
    user: choices.one(USERS),
    status: choices.one(STATUSES),
    start,
    end: choices.chance(0.6) ? start + choices.below(3) * 1_000 : null,
    lifecycle: experiment.lifecycle === 'deleted' || choices.chance(0.15) ? 'deleted' : 'active',
    uri: `mlflow-artifacts:/${experiment.id}/${id}/artifacts`,
    metrics: Object.fromEntries(metrics),
    params: entries(choices, PARAM_KEYS, 0.6),
    tags: choices.chance(0.9) ? { ...tags, 'mlflow.runName': name } : tags,
    datasets,
  }
}

function makeModel(choices: Choices, experiment: CorpusExperiment, runs: readonly CorpusRun[]): CorpusModel {
  return {
    id: `m-${choices.hex(32)}`,
    experiment: experiment.id,
    name: choices.one(MODEL_NAMES),
    type: choices.one(MODEL_TYPES),
    sourceRun: choices.chance(0.5) ? choices.one(runs).id : '',
    status: choices.one(['PENDING', 'READY', 'FAILED']),
    lifecycle: choices.chance(0.1) ? 'deleted' : 'active',
    created: choices.one(TIMES),
    updated: choices.one(TIMES),
    params: entries(choices, PARAM_KEYS, 0.6),
    tags: entries(choices, TAG_KEYS, 0.4),
    metrics: modelMetrics(choices, runs),
  }
}

/** Several values a key. A NaN stands under a name of its own: MLflow keeps it with a model as 0, and we do not. */
function modelMetrics(choices: Choices, runs: readonly CorpusRun[]): CorpusModelMetric[] {
  const numbers = VALUES.filter((value) => value !== 'NaN')
  const undefinedLoss = {
    key: 'undefined_loss',
    value: 'NaN',
    timestamp: 0,
    step: 0,
    run: runs[0]!.id,
  } as const
  const known = choices.some(METRIC_KEYS.slice(0, 6), 0.5).flatMap((key) =>
    Array.from({ length: 1 + choices.below(3) }, (_, at) => {
      const metric = { key, value: choices.one(numbers), timestamp: choices.one(TIMES), step: at }
      const of = { ...metric, run: choices.one(runs).id }
      return choices.chance(0.6) ? { ...of, dataset: choices.one(DATASETS) } : of
    }),
  )
  return choices.chance(0.3) ? [...known, undefinedLoss] : known
}
