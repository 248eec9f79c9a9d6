import {
  bareOrTicks,
  comparator,
  direction,
  entryClause,
  filterOf,
  list,
  nameOf,
  number,
  quoted,
  space,
  textTest,
  time,
} from './clauses.ts'
import type { Corpus } from './corpus.ts'
import type { Question } from './question.ts'
import { Choices } from './random.ts'
import { makeRegistryQuestion } from './registry-questions.ts'
import {
  CONTEXTS,
  DATASETS,
  METRIC_KEYS,
  MODEL_NAMES,
  MODEL_TYPES,
  PARAM_KEYS,
  RUN_NAMES,
  STATUSES,
  TAG_KEYS,
  TEXTS,
  USERS,
} from './words.ts'

/** Questions about the corpus, a third of them about its registry: plain, quirky and broken ones. */
export function makeQuestions(corpus: Corpus, seed: number, count: number): Question[] {
  const choices = new Choices(seed)
  const ofRegistry = Math.floor(count / 3)
  return [
    ...Array.from({ length: count - ofRegistry }, () => makeQuestion(choices, corpus)),
    ...Array.from({ length: ofRegistry }, () => makeRegistryQuestion(choices, corpus)),
  ]
}

const VIEWS = ['ACTIVE_ONLY', 'ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'] as const

function makeQuestion(choices: Choices, corpus: Corpus): Question {
  const kind = choices.next()
  const experiments = choices.some(
    corpus.experiments.map(({ id }) => id),
    choices.chance(0.3) ? 0.3 : 0.8,
  )
  const view = choices.one(VIEWS)
  if (kind < 0.68) {
    const clauses = () => runClause(choices, corpus)
    const orderBy = list(choices, [0.35, 0.75, 0.92, 1], () => runOrder(choices))
    return { of: 'runs', experiments, filter: filterOf(choices, clauses), orderBy, view }
  }
  if (kind < 0.82) {
    const orderBy = list(choices, [0.4, 0.8, 1], () => experimentOrder(choices))
    return {
      of: 'experiments',
      filter: filterOf(choices, () => experimentClause(choices, corpus)),
      orderBy,
      view,
    }
  }
  if (kind < 0.985) {
    const filter = filterOf(choices, () => modelClause(choices, corpus))
    const datasets = list(choices, [0.75, 0.95, 1], () => datasetChoice(choices))
    return {
      of: 'models',
      experiments,
      filter,
      datasets,
      orderBy: list(choices, [0.4, 0.8, 1], () => modelOrder(choices)),
    }
  }
  return { of: 'datasets', experiments: experiments.length > 0 ? experiments : ['1'] }
}

function runClause(choices: Choices, corpus: Corpus): string {
  const kind = choices.next()
  if (kind < 0.28) return metricClause(choices, choices.one(['metrics', 'metrics', 'metric', '`metrics`']))
  if (kind < 0.46)
    return entryClause(choices, choices.one(['params', 'param', 'parameters', 'parameter']), PARAM_KEYS)
  if (kind < 0.62) return entryClause(choices, choices.one(['tags', 'tags', 'tag']), TAG_KEYS)
  if (kind < 0.74) {
    const field = choices.chance(0.97) ? choices.one(['name', 'digest', 'context']) : 'colour'
    const texts = [...DATASETS.flatMap(({ name, digest }) => [name, digest]), ...CONTEXTS]
    return `${choices.one(['dataset', 'datasets'])}.${field} ${textTest(choices, texts, 0.3)}`
  }
  const prefix = choices.one(['', '', 'attributes.', 'attribute.', 'attr.', 'run.'])
  if (kind < 0.86) {
    const name = choices.one(['start_time', 'end_time', 'created', 'Created', '`start_time`'])
    return `${prefix}${name}${space(choices)}${comparator(choices)}${space(choices)}${time(choices)}`
  }
  if (kind < 0.93) {
    const ids = corpus.runs.map(({ id }) => id)
    return `${prefix}run_id ${textTest(choices, ids, 0.6)}`
  }
  const [name, texts] = choices.one([
    ['status', STATUSES],
    ['run_name', RUN_NAMES],
    ['`Run name`', RUN_NAMES],
    ['"run name"', RUN_NAMES],
    ['user_id', USERS],
    ['artifact_uri', ['mlflow-artifacts:/1/%', '%artifacts']],
    ['artifact_uri', ['%/1/%']],
  ] as const)
  return `${prefix}${name} ${textTest(choices, texts, 0.05)}`
}

function metricClause(choices: Choices, prefix: string): string {
  const value = choices.chance(0.98) ? number(choices) : quoted(choices, choices.one(TEXTS))
  const op = choices.chance(0.98) ? comparator(choices) : choices.one(['LIKE', 'IS NULL', '==', '<>', 'IN'])
  return `${prefix}.${nameOf(choices, choices.one(METRIC_KEYS))}${space(choices)}${op}${space(choices)}${value}`
}

function experimentClause(choices: Choices, corpus: Corpus): string {
  const kind = choices.next()
  if (kind < 0.4)
    return entryClause(choices, choices.chance(0.97) ? choices.one(['tags', 'tag']) : 'params', TAG_KEYS)
  if (kind < 0.65) {
    const name = choices.one(['creation_time', 'last_update_time', 'attribute.creation_time'])
    return `${name} ${comparator(choices)} ${time(choices)}`
  }
  const names = corpus.experiments.map(({ name }) => name)
  if (kind < 0.9)
    return `${choices.one(['name', 'attribute.name', '`name`'])} ${textTest(choices, names, 0.05)}`
  return `experiment_id ${textTest(choices, [...corpus.experiments.map(({ id }) => id), '99', 'x'], 0.5)}`
}

function modelClause(choices: Choices, corpus: Corpus): string {
  const kind = choices.next()
  if (kind < 0.4) return metricClause(choices, 'metrics')
  if (kind < 0.55) return `params.${bareOrTicks(choices.one(PARAM_KEYS))} ${textTest(choices, TEXTS, 0.15)}`
  if (kind < 0.7) return `tags.${bareOrTicks(choices.one(TAG_KEYS))} ${textTest(choices, TEXTS, 0.15)}`
  if (kind < 0.82) {
    const name = choices.one([
      'creation_timestamp',
      'creation_time',
      'last_updated_timestamp',
      'creation_timestamp_ms',
    ])
    return `${name} ${comparator(choices)} ${time(choices)}`
  }
  const [name, texts] = choices.one([
    ['name', MODEL_NAMES],
    ['attributes.name', MODEL_NAMES],
    ['model_type', MODEL_TYPES],
    ['model_id', corpus.models.map(({ id }) => id)],
    ['source_run_id', corpus.models.map(({ sourceRun }) => sourceRun)],
    ['status', ['READY', 'FAILED', 'PENDING', 'ready']],
  ] as const)
  return `${name} ${textTest(choices, texts, 0.15)}`
}

function runOrder(choices: Choices): string {
  const key = choices.one([
    () => `metrics.${nameOf(choices, choices.one(METRIC_KEYS))}`,
    () => `metrics.${nameOf(choices, choices.one(METRIC_KEYS))}`,
    () => `params.${nameOf(choices, choices.one(PARAM_KEYS))}`,
    () => `tags.${nameOf(choices, choices.one(TAG_KEYS))}`,
    () =>
      choices.one([
        'start_time',
        'end_time',
        'attributes.status',
        'run_name',
        'attr.user_id',
        'Created',
        'run_id',
      ]),
    () =>
      choices.one([
        'artifact_uri',
        '`metrics.acc`',
        'dataset.name',
        '`Run name`',
        'nobody',
        'lifecycle_stage',
        '',
      ]),
  ])()
  return key + direction(choices)
}

const experimentOrder = (choices: Choices) =>
  choices.one([
    'name',
    'creation_time',
    'last_update_time',
    'experiment_id',
    'attribute.name',
    'tags.team',
    'nobody',
  ]) + direction(choices)

function modelOrder(choices: Choices) {
  const metric = () => `metrics.${choices.one(METRIC_KEYS.slice(0, 7))}`
  const attributes = [
    ...[
      'name',
      'model_id',
      'model_type',
      'status',
      'creation_timestamp',
      'creation_time',
      'last_updated_timestamp',
    ],
    ...['source_run_id', 'creation_timestamp'],
  ]
  const field = choices.chance(0.6) ? metric() : choices.one(attributes)
  const entry = { field, ascending: choices.chance(0.5) }
  return field.startsWith('metrics.') && choices.chance(0.5)
    ? { ...entry, dataset: datasetChoice(choices) }
    : entry
}

function datasetChoice(choices: Choices): { name: string; digest?: string } {
  const { name, digest } = choices.one(DATASETS)
  return choices.chance(0.5) ? { name, digest } : { name }
}
