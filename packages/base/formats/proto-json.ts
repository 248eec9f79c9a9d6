import { invalid } from '@orrery/base/kernel'
import { compileMessage, type Decode, type Dialect } from './decode-message.ts'
import { compileEncoder } from './encode-message.ts'
import { asProblem, Misfit, shown } from './misfit.ts'
import { parseJson, refuseBrokenText } from './parse-json.ts'
import type { FieldSchema, Fields } from './schema.ts'

/*
 * JSON as MLflow's server reads and writes it: protobuf's JSON mapping with MLflow's additions, in one place.
 * Its sentences are MLflow's, because clients and their tests match them.
 *
 * Where MLflow would guess or round, this refuses: a whole number beyond 2^53 (JavaScript cannot hold it), a
 * number that overflows a double, bytes that are not JSON (MLflow reads those as an empty message).
 */

/** The parts of a request from which a message is put together. */
export interface MessageParts {
  /** From the path; they win over fields of the same name elsewhere. */
  readonly params?: Readonly<Record<string, string>>
  /** Query, keys with all their values, for the methods that carry their message there. */
  readonly query?: ReadonlyMap<string, readonly string[]>
  readonly body?: Uint8Array
}

export interface MessageCodec {
  /** Throws INVALID_PARAMETER_VALUE or BAD_REQUEST. */
  decode(parts: MessageParts): Fields
  /** Trusts what it is given. Absent fields and empty lists are left out. */
  encode(value: unknown): string
}

/** Compiles the codec `mlflow` for the two messages of a route. */
export function protoJson(takes: FieldSchema, gives: FieldSchema): MessageCodec {
  const decodeMessage = compileMessage(takes, MLFLOW)
  const queryFields = compileQuery(takes)
  return {
    decode(parts) {
      try {
        return decodeMessage(gather(parts, queryFields))
      } catch (error) {
        throw asProblem(error)
      }
    },
    encode: compileEncoder(gives, 'left out'),
  }
}

const API_DOCS = 'See the API docs for more information about request parameters.'

const MLFLOW: Dialect = {
  scalar,
  namesOf: (field) => [...new Set([field, camel(field)])],
  oldNames: { run_id: 'run_uuid' },
  unknownField: () => {},
  wrongType,
  missing: (path) => `Missing value for required parameter '${path}'. ${API_DOCS}`,
  // An absent text is an empty one to protobuf, so MLflow takes "" for missing.
  isMissing: (value) => value === undefined || value === '',
}

function camel(field: string): string {
  return field.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function gather(parts: MessageParts, queryFields: QueryFields): unknown {
  let message = readBody(parts.body)
  if (parts.query !== undefined && parts.query.size > 0) {
    message = { ...readQuery(parts.query, queryFields), ...(message as Fields) }
  }
  if (parts.params !== undefined) {
    for (const name in parts.params) refuseBrokenText(parts.params[name]!, name)
    message = { ...(message as Fields), ...parts.params }
  }
  return message
}

const NO_FIELDS: Fields = {}

function readBody(body: Uint8Array | undefined): unknown {
  if (body === undefined || body.length === 0) return NO_FIELDS
  let message = parseJson(body)
  // Old clients send their JSON as a JSON string.
  if (typeof message === 'string') message = parseJson(new TextEncoder().encode(message))
  if (message === null) return NO_FIELDS
  if (typeof message !== 'object' || Array.isArray(message)) {
    throw invalid(`The request body must be a JSON object, not ${shown(message)}.`)
  }
  return message
}

type QueryFields = ReadonlyMap<string, (values: readonly string[]) => unknown>

function compileQuery(takes: FieldSchema): QueryFields {
  const fields = new Map<string, (values: readonly string[]) => unknown>()
  for (const [name, field] of Object.entries(takes.properties ?? {})) {
    const read =
      field.type === 'array'
        ? (values: readonly string[]) => values
        : field.type === 'boolean'
          ? (values: readonly string[]) => readFlag(values[0]!)
          : (values: readonly string[]) => values[0]
    for (const alias of MLFLOW.namesOf(name)) fields.set(alias, read)
    const old = MLFLOW.oldNames[name]
    if (old !== undefined) for (const alias of MLFLOW.namesOf(old)) fields.set(alias, read)
  }
  return fields
}

function readQuery(query: ReadonlyMap<string, readonly string[]>, fields: QueryFields): Fields {
  const message: Record<string, unknown> = {}
  for (const [name, values] of query) {
    const read = fields.get(name)
    if (read === undefined) continue
    for (const value of values) refuseBrokenText(value, name)
    message[name] = read(values)
  }
  return message
}

/** The Python client writes its flags as Python does: `True`, `False`. */
function readFlag(value: string): boolean {
  const lower = value.toLowerCase()
  if (lower === 'true') return true
  if (lower === 'false') return false
  throw invalid(`Invalid boolean value: ${shown(value)}, must be 'true' or 'false'.`)
}

function scalar(schema: FieldSchema, name: string): Decode {
  if (schema.enum !== undefined) return enumDecoder(schema)
  switch (schema.type) {
    case 'boolean':
      return decodeFlag
    case 'integer':
      return schema.format === 'int32' ? decodeInt32 : decodeInt64
    case 'number':
      return decodeDouble
    case 'string':
      // Clients of all ages send experiment ids as numbers.
      return name === 'experiment_id' || name === 'experiment_ids' ? decodeIdOrNumber : decodeText
    default:
      throw new Error(`the codec cannot read a field of type '${schema.type}'`)
  }
}

function decodeText(given: unknown): string {
  if (typeof given === 'string') return given
  throw wrongType(given)
}

function decodeIdOrNumber(given: unknown): string {
  return typeof given === 'number' ? String(decodeInt64(given)) : decodeText(given)
}

function decodeFlag(given: unknown): boolean {
  if (typeof given === 'boolean') return given
  throw wrongType(given)
}

const MOST_INT32 = 2 ** 31 - 1

function decodeInt32(given: unknown): number {
  const value = decodeInt64(given)
  if (value >= -MOST_INT32 - 1 && value <= MOST_INT32) return value
  throw outOfRange(given, '32 bits')
}

/*
 * `JSON.parse` rounds 9007199254740993 to 9007199254740992 and says nothing. But whatever lies beyond 2^53 - 1
 * still does so after rounding, so one look at the result finds every number that may have been changed.
 */
function decodeInt64(given: unknown): number {
  const value = typeof given === 'string' && WHOLE.test(given) ? Number(given) : given
  if (typeof value !== 'number' || (Number.isFinite(value) && !Number.isInteger(value)))
    throw wrongType(given)
  if (Number.isSafeInteger(value)) return value + 0
  throw outOfRange(given, '53 bits, which is what can be kept exactly')
}

const WHOLE = /^[+-]?\d{1,30}$/

function decodeDouble(given: unknown): number {
  if (typeof given === 'number') {
    if (Number.isFinite(given)) return given
    throw new Misfit(
      (path) => `The number given for parameter '${path}' is too large for a double. ${API_DOCS}`,
    )
  }
  if (typeof given === 'string') return doubleFromText(given)
  throw wrongType(given)
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

function doubleFromText(given: string): number {
  if (given === 'NaN') return Number.NaN
  if (given === 'Infinity' || given === '-Infinity') return Number(given)
  if (given.length > 400 || !DECIMAL.test(given)) throw wrongType(given)
  return decodeDouble(Number(given))
}

function enumDecoder({ enum: words = [], protoNumbers = {} }: FieldSchema): Decode {
  const wordOf = new Map<unknown, string>(words.map((word) => [word, word]))
  for (const [word, number] of Object.entries(protoNumbers)) {
    wordOf.set(number, word)
    wordOf.set(String(number), word)
  }
  return function decodeEnum(given) {
    const word = wordOf.get(given)
    if (word !== undefined) return word
    throw new Misfit(
      (path) =>
        `Invalid value ${shown(given)} for parameter '${path}' supplied: must be one of ${words.join(', ')}.`,
    )
  }
}

function wrongType(given: unknown): Misfit {
  return new Misfit(
    (path) =>
      `Invalid value ${shown(given)} for parameter '${path}' supplied:  Hint: Value was of type '${pythonType(given)}'. ${API_DOCS}`,
  )
}

function outOfRange(given: unknown, width: string): Misfit {
  const value = typeof given === 'string' ? ` ${shown(given)}` : ''
  return new Misfit(
    (path) => `The value${value} for parameter '${path}' does not fit into ${width}. ${API_DOCS}`,
  )
}

/** What MLflow's messages call the type. */
function pythonType(given: unknown): string {
  if (given === null) return 'NoneType'
  if (Array.isArray(given)) return 'list'
  if (typeof given === 'number') return Number.isInteger(given) ? 'int' : 'float'
  return { string: 'str', boolean: 'bool', object: 'dict' }[typeof given as string] ?? typeof given
}
