import type { Entity, Op } from './tree.ts'

/** What may be asked about one name. */
export interface Field {
  /** The canonical name; differs from the key it is listed under when that is an alias. Open fields have none. */
  readonly name?: string
  /** `whole` is a number without a fraction. */
  readonly holds: 'text' | 'number' | 'whole'
  /** None for a name that can only be sorted by. */
  readonly ops: readonly Op[]
  readonly sortable: boolean
  /** A whole number may stand in quotes, as MLflow takes version numbers. */
  readonly quotable?: boolean
}

/** The words of one kind of search. Grammar and tree are the same for all of them. */
export interface Vocabulary {
  /** For messages: `runs`. */
  readonly of: string
  /** What may stand before the first dot. A name without a dot is an attribute. */
  readonly prefixes: Readonly<Record<string, Entity>>
  /** Entities whose names are the user's own: metrics, params, tags. */
  readonly open: Readonly<Partial<Record<Entity, Field>>>
  /** Entities with a fixed list of names. */
  readonly closed: Readonly<Partial<Record<Entity, Readonly<Record<string, Field>>>>>
  /** Text may come without quotes (`params.lr = 0.01`), as MLflow's search for logged models takes it. */
  readonly bareText: boolean
}

const COMPARE = ['=', '!=', '<', '<=', '>', '>='] as const satisfies readonly Op[]
const TEXT = ['=', '!=', 'LIKE', 'ILIKE'] as const satisfies readonly Op[]
const LISTED = ['IN', 'NOT IN'] as const satisfies readonly Op[]
const NULLS = ['IS NULL', 'IS NOT NULL'] as const satisfies readonly Op[]

const text = (ops: readonly Op[] = TEXT): Field => ({ holds: 'text', ops, sortable: true })
const number: Field = { holds: 'number', ops: COMPARE, sortable: true }
const whole: Field = { holds: 'whole', ops: COMPARE, sortable: true }
const aliasOf = (name: string, field: Field, sortable = field.sortable): Field => ({
  ...field,
  name,
  sortable,
})
const onlySorted = (name?: string): Field => ({
  ...(name === undefined ? {} : { name }),
  holds: 'whole',
  ops: [],
  sortable: true,
})
const unsorted = (field: Field): Field => ({ ...field, sortable: false })

export const RUNS: Vocabulary = {
  of: 'runs',
  prefixes: {
    metrics: 'metric',
    metric: 'metric',
    params: 'param',
    param: 'param',
    parameters: 'param',
    parameter: 'param',
    tags: 'tag',
    tag: 'tag',
    attributes: 'attribute',
    attribute: 'attribute',
    attr: 'attribute',
    run: 'attribute',
    datasets: 'dataset',
    dataset: 'dataset',
  },
  open: { metric: number, param: text([...TEXT, ...NULLS]), tag: text([...TEXT, ...NULLS]) },
  closed: {
    attribute: {
      run_id: text([...TEXT, ...LISTED]),
      run_name: text(),
      'run name': aliasOf('run_name', text(), false),
      'Run name': aliasOf('run_name', text(), false),
      'Run Name': aliasOf('run_name', text(), false),
      status: text(),
      artifact_uri: text(),
      user_id: text(),
      start_time: number,
      created: aliasOf('start_time', number),
      Created: aliasOf('start_time', number),
      end_time: number,
    },
    dataset: {
      name: unsorted(text([...TEXT, ...LISTED])),
      digest: unsorted(text([...TEXT, ...LISTED])),
      context: unsorted(text([...TEXT, ...LISTED])),
    },
  },
  bareText: false,
}

export const EXPERIMENTS: Vocabulary = {
  of: 'experiments',
  prefixes: { attribute: 'attribute', tags: 'tag', tag: 'tag' },
  open: { tag: unsorted(text([...TEXT, ...NULLS])) },
  closed: {
    attribute: {
      name: text(),
      experiment_id: text(['=', '!=', ...LISTED]),
      creation_time: whole,
      last_update_time: whole,
    },
  },
  bareText: false,
}

export const LOGGED_MODELS: Vocabulary = {
  of: 'logged models',
  prefixes: { metrics: 'metric', params: 'param', tags: 'tag', attributes: 'attribute' },
  open: {
    metric: number,
    param: unsorted(text([...TEXT, ...LISTED])),
    tag: unsorted(text([...TEXT, ...LISTED])),
  },
  closed: {
    attribute: {
      name: text([...TEXT, ...LISTED]),
      model_id: text([...TEXT, ...LISTED]),
      model_type: text([...TEXT, ...LISTED]),
      status: text([...TEXT, ...LISTED]),
      source_run_id: text([...TEXT, ...LISTED]),
      experiment_id: text(['=', '!=', ...LISTED]),
      creation_timestamp: number,
      creation_timestamp_ms: aliasOf('creation_timestamp', number),
      creation_time: aliasOf('creation_timestamp', number),
      last_updated_timestamp: number,
      last_updated_timestamp_ms: aliasOf('last_updated_timestamp', number),
      last_updated_time: aliasOf('last_updated_timestamp', number),
    },
  },
  bareText: true,
}

/** What may stand before the first dot in MLflow's registry: less than elsewhere. */
const REGISTRY_PREFIXES = { attribute: 'attribute', tags: 'tag', tag: 'tag' } as const

export const REGISTERED_MODELS: Vocabulary = {
  of: 'registered models',
  prefixes: REGISTRY_PREFIXES,
  open: { tag: unsorted(text()) },
  closed: {
    attribute: {
      name: text([...TEXT, ...LISTED]),
      last_updated_timestamp: onlySorted(),
      timestamp: onlySorted('last_updated_timestamp'),
    },
  },
  bareText: false,
}

export const MODEL_VERSIONS: Vocabulary = {
  of: 'model versions',
  prefixes: REGISTRY_PREFIXES,
  open: { tag: unsorted(text()) },
  closed: {
    attribute: {
      name: text([...TEXT, ...LISTED]),
      version_number: { ...whole, quotable: true },
      run_id: unsorted(text([...TEXT, ...LISTED])),
      source_path: unsorted(text()),
      creation_timestamp: onlySorted(),
      last_updated_timestamp: onlySorted(),
    },
  },
  bareText: false,
}
