import type { AnyDeclaration } from '@orrery/base/contract'
import fc from 'fast-check'

/** Things that are there, so that a request gets past the first question. */
export interface Pool {
  readonly experimentIds: readonly string[]
  readonly runIds: readonly string[]
  readonly modelIds: readonly string[]
  readonly files: readonly string[]
  /** What signed addresses carry. */
  readonly grants: readonly string[]
  readonly uploadIds: readonly string[]
  readonly pageTokens: readonly string[]
  /** Registered models with two versions each. */
  readonly registered: readonly string[]
  /** Half of them webhooks of MLflow. */
  readonly subscriptions: readonly string[]
  /** An address that takes what is sent to it. */
  readonly receiver: string
  /** A version as a tar file. */
  readonly archive: Buffer
  /** For routes that delete or rename: what is lost is not missed. */
  readonly victims: Pick<
    Pool,
    'experimentIds' | 'runIds' | 'modelIds' | 'files' | 'registered' | 'subscriptions'
  >
}

interface FieldSchema {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly string[]
  readonly items?: FieldSchema
  readonly properties?: Readonly<Record<string, FieldSchema>>
  readonly required?: readonly string[]
}

const KEYS = ['loss', 'acc', 'a/b', 'mlflow.note.content', 'ключ'] as const
const REGISTRY = new Set(['registeredModels', 'modelVersions', 'registry'])
const MODEL_JSON = '{"artifact_path":"model","model_uuid":"a","utc_time_created":"now","flavors":{}}'

/** By the noun that is searched. */
const FILTERS: Readonly<Record<string, readonly string[]>> = {
  experiments: ["name ILIKE 'a%'", "tags.a = 'b'", 'creation_time > 5', ''],
  runs: [
    "params.a = 'b'",
    'metrics.loss > 0.1',
    "tags.`x y` LIKE '%a%' AND attributes.status = 'RUNNING'",
    "attributes.run_id IN ('a','b')",
    "dataset.name = 'a'",
    '',
  ],
  registeredModels: [
    "name LIKE 'kept%'",
    "tags.a = 'b'",
    "tags.`mlflow.prompt.is_prompt` = 'true'",
    "name ILIKE 'K%' AND tag.a != 'c'",
    '',
  ],
  modelVersions: [
    "name = 'kept 0'",
    "run_id IN ('a','b')",
    'version_number >= 1',
    "source_path LIKE 's3:%'",
    "tags.a = 'b' AND name LIKE '%'",
    '',
  ],
  loggedModels: ["name = 'model'", 'metrics.loss >= 0', "params.a != 'b'", ''],
}
const ORDERS: Readonly<Record<string, readonly string[]>> = {
  registeredModels: ['name DESC', 'last_updated_timestamp', 'timestamp ASC'],
  modelVersions: ['version_number', 'name DESC', 'creation_timestamp ASC', 'last_updated_timestamp DESC'],
  experiments: ['name', 'creation_time DESC', 'last_update_time'],
  runs: ['metrics.loss DESC', 'params.a', 'attributes.start_time ASC', 'tags.`x y`'],
}

const TYPES = ['run.completed', 'model.*', 'version.created', 'prompt_tag.set', 'run.danced']

/** What the fields of one route's message are filled with. */
interface Means {
  readonly pool: Pool
  /** `runs` of `runs.search`. */
  readonly noun: string
}

/** Of things whose deletion needs no more than their change. */
const LOSES = new Set(['registeredModels.rename', 'subscriptions.delete', 'webhooks.delete'])

/** Messages that a route takes as they are, most of the time. */
export function messageOf(
  { name, takes, needs }: AnyDeclaration,
  pool: Pool,
): fc.Arbitrary<Record<string, unknown>> {
  const loses = needs.endsWith('.delete') || LOSES.has(name)
  const things = loses ? { ...pool, ...pool.victims } : pool
  const means = { pool: things, noun: name.split('.')[0]! }
  return fields(takes as FieldSchema, means) as fc.Arbitrary<Record<string, unknown>>
}

function fields({ properties = {}, required = [] }: FieldSchema, means: Means): fc.Arbitrary<unknown> {
  const model = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, field(name, schema, means)]),
  )
  return fc.record(model, { requiredKeys: required.filter((name) => name in model) })
}

function field(name: string, schema: FieldSchema, means: Means): fc.Arbitrary<unknown> {
  const known = schema.type === 'string' ? textsFor(name, means) : undefined
  if (known !== undefined) return fc.constantFrom(...known)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return fields(schema, means)
    case 'array':
      return fc.array(field(name.replace(/s$/, ''), schema.items ?? {}, means), { maxLength: 4 })
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return wholeNumber(name)
    case 'number':
      return fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom('NaN', '0.5'))
    default:
      return fc.string({ maxLength: 20 })
  }
}

function wholeNumber(name: string): fc.Arbitrary<unknown> {
  if (/^(num_parts|part_number|max_)/.test(name)) return fc.integer({ min: 1, max: 20 })
  return fc.oneof(
    fc.integer({ min: 1, max: 5_000 }),
    fc.constantFrom<unknown[]>('17', 1_700_000_000_000, 2 ** 53 - 1),
  )
}

function textsFor(name: string, { pool, noun }: Means): readonly string[] | undefined {
  switch (name) {
    case 'run_id':
    case 'run_uuid':
    case 'source_run_id':
      return pool.runIds
    case 'experiment_id':
      return [...pool.experimentIds, '0']
    case 'experiment_name':
      return ['Default', 'kept 0']
    case 'model_id':
      return pool.modelIds
    case 'webhook_id':
      return pool.subscriptions
    case 'id':
      return noun === 'subscriptions' ? pool.subscriptions : undefined
    case 'url':
      return [pool.receiver]
    case 'artifact_path':
      return pool.files
    case 'grant':
      return pool.grants
    case 'upload_id':
      return pool.uploadIds
    case 'name':
      if (noun === 'webhooks') return ['hook-1', 'a.b_c']
      return REGISTRY.has(noun) ? pool.registered : undefined
    case 'type':
      return noun === 'subscriptions' ? TYPES : undefined
    case 'version':
      return ['1', '2', ' 1 ', '7']
    case 'alias':
      return ['champion', 'latest', 'nobody']
    case 'stage':
      return ['None', 'staging', 'Production', 'Archived']
    case 'source':
      return REGISTRY.has(noun) ? sourcesOf(pool) : undefined
    case 'metric_key':
    case 'key':
    case 'tag_key':
      return KEYS
    case 'path':
    case 'artifact_file_path':
    case 'artifact_directory_path':
      return ['a.txt', 'folder/b.bin']
    case 'model_json':
      return [MODEL_JSON]
    case 'filter':
    case 'filter_string':
      return FILTERS[noun] ?? ['']
    case 'order_by':
      return ORDERS[noun]
    case 'page_token':
      return ['', '', ...pool.pageTokens]
    default:
      return undefined
  }
}

/** What versions are made of. */
const sourcesOf = ({ registered, runIds, modelIds, files }: Pool): readonly string[] => [
  's3://bucket/model',
  `models:/${registered[0]}/1`,
  `models:/${registered[0]}@champion`,
  `models:/${modelIds[0]}`,
  `runs:/${runIds[0]}/a.txt`,
  `mlflow-artifacts:/${files[0]}`,
]
