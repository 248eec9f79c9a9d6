import type { AnyDeclaration } from '@orrery/base/contract'
import fc from 'fast-check'

/** Things that are there, so that a request gets past the first question. */
export interface Pool {
  readonly experimentIds: readonly string[]
  readonly runIds: readonly string[]
  readonly modelIds: readonly string[]
  readonly files: readonly string[]
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
const FILTERS = [
  "params.a = 'b'",
  'metrics.loss > 0.1',
  "tags.`x y` LIKE '%a%' AND attributes.status = 'RUNNING'",
  "name ILIKE 'a%'",
  "attributes.run_id IN ('a','b')",
  'metrics.loss IS NULL',
  '',
] as const
const ORDERS = [
  'metrics.loss DESC',
  'params.a',
  'attributes.start_time ASC',
  'name',
  'creation_time DESC',
] as const

/** Messages that a route takes as they are, most of the time. */
export function messageOf(
  { takes, needs }: AnyDeclaration,
  pool: Pool,
): fc.Arbitrary<Record<string, unknown>> {
  const things = needs.endsWith('.delete') ? { ...pool, ...pool.victims } : pool
  return fields(takes as FieldSchema, things) as fc.Arbitrary<Record<string, unknown>>
}

function fields({ properties = {}, required = [] }: FieldSchema, pool: Pool): fc.Arbitrary<unknown> {
  const model = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, field(name, schema, pool)]),
  )
  return fc.record(model, { requiredKeys: required.filter((name) => name in model) })
}

function field(name: string, schema: FieldSchema, pool: Pool): fc.Arbitrary<unknown> {
  const known = schema.type === 'string' ? namedText(name, pool) : undefined
  if (known !== undefined) return known
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return fields(schema, pool)
    case 'array':
      return fc.array(field(name.replace(/s$/, ''), schema.items ?? {}, pool), { maxLength: 4 })
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.oneof(
        fc.integer({ min: 0, max: 5_000 }),
        fc.constantFrom('17', 1_700_000_000_000, 2 ** 53 - 1),
      )
    case 'number':
      return fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom('NaN', '0.5'))
    default:
      return fc.string({ maxLength: 20 })
  }
}

function namedText(name: string, pool: Pool): fc.Arbitrary<string> | undefined {
  const from = (texts: readonly string[]) => fc.constantFrom(...texts)
  if (/^(run_id|run_uuid|source_run_id)$/.test(name)) return from(pool.runIds)
  if (name === 'experiment_id') return from([...pool.experimentIds, '0'])
  if (name === 'model_id') return from(pool.modelIds)
  if (/^(metric_key|key)$/.test(name)) return from(KEYS)
  if (name === 'artifact_path') return from(pool.files)
  if (name === 'path') return fc.constantFrom('a.txt', 'folder', 'folder/b.bin', '')
  if (/^filter/.test(name)) return from(FILTERS)
  if (name === 'order_by') return from(ORDERS)
  if (name === 'page_token') return fc.constantFrom('', 'eyJvZmZzZXQiOi0xfQ==', 'garbage')
  return undefined
}
