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
  /** For routes that delete: what is lost is not missed. */
  readonly victims: Pick<Pool, 'experimentIds' | 'runIds' | 'modelIds' | 'files'>
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
  loggedModels: ["name = 'model'", 'metrics.loss >= 0', "params.a != 'b'", ''],
}
const ORDERS: Readonly<Record<string, readonly string[]>> = {
  experiments: ['name', 'creation_time DESC', 'last_update_time'],
  runs: ['metrics.loss DESC', 'params.a', 'attributes.start_time ASC', 'tags.`x y`'],
}

/** What the fields of one route's message are filled with. */
interface Means {
  readonly pool: Pool
  /** `runs` of `runs.search`. */
  readonly noun: string
}

/** Messages that a route takes as they are, most of the time. */
export function messageOf(
  { name, takes, needs }: AnyDeclaration,
  pool: Pool,
): fc.Arbitrary<Record<string, unknown>> {
  const things = needs.endsWith('.delete') ? { ...pool, ...pool.victims } : pool
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
    case 'artifact_path':
      return pool.files
    case 'grant':
      return pool.grants
    case 'upload_id':
      return pool.uploadIds
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
