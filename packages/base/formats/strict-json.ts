import { invalid } from '@orrery/base/kernel'
import { compileMessage, type Decode, type Dialect } from './decode-message.ts'
import { compileEncoder } from './encode-message.ts'
import { asProblem, Misfit, shown } from './misfit.ts'
import { parseJson, refuseBrokenText } from './parse-json.ts'
import type { MessageCodec, MessageParts } from './proto-json.ts'
import type { FieldSchema } from './schema.ts'

/*
 * JSON as our own routes read it: an unknown field is refused by its name, nothing is coerced, and a field
 * comes from one place only. Query and path hold text, so numbers and flags there are read from text.
 */

/** Compiles the codec `orrery` for the two messages of a route. */
export function strictJson(takes: FieldSchema, gives: FieldSchema): MessageCodec {
  const decodeMessage = compileMessage(takes, ORRERY)
  return {
    decode(parts) {
      try {
        return decodeMessage(gather(parts, takes))
      } catch (error) {
        throw asProblem(error)
      }
    },
    encode: compileEncoder(gives, 'written'),
  }
}

const ORRERY: Dialect = {
  scalar,
  namesOf: (field) => [field],
  oldNames: {},
  unknownField: (name, known) => {
    const fields = known.length === 0 ? 'This call takes no fields.' : `It takes ${known.join(', ')}.`
    throw new Misfit((path) => `Unknown field '${path === '' ? name : path}'. ${fields}`)
  },
  wrongType: (given, wanted) => wrong(given, wanted === 'list' ? 'a list' : 'an object'),
  missing: (path) => `The field '${path}' is required.`,
  isMissing: (value) => value === undefined,
}

function gather(parts: MessageParts, takes: FieldSchema): unknown {
  const body = parts.body === undefined || parts.body.length === 0 ? {} : parseJson(parts.body)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalid(`The request body must be a JSON object, not ${shown(body)}.`)
  }
  const message: Record<string, unknown> = { ...body }
  for (const [name, values] of parts.query ?? []) put(message, name, readQuery(takes, name, values))
  for (const [name, value] of Object.entries(parts.params ?? {})) {
    put(message, name, readQuery(takes, name, [value]))
  }
  return message
}

function put(message: Record<string, unknown>, name: string, value: unknown): void {
  if (Object.hasOwn(message, name)) throw invalid(`The field '${name}' is given twice; give it once.`)
  Object.defineProperty(message, name, { value, enumerable: true })
}

function readQuery(takes: FieldSchema, name: string, values: readonly string[]): unknown {
  for (const value of values) refuseBrokenText(value, name)
  const field = Object.hasOwn(takes.properties ?? {}, name) ? takes.properties?.[name] : undefined
  if (field?.type === 'array') return values.map((value) => fromText(field.items!, value))
  if (values.length > 1) throw invalid(`The field '${name}' is given ${values.length} times; give it once.`)
  return field === undefined ? values[0] : fromText(field, values[0]!)
}

function fromText(field: FieldSchema, value: string): unknown {
  if (field.type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  const isNumber = field.type === 'integer' || field.type === 'number'
  return isNumber && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? Number(value) : value
}

function scalar(schema: FieldSchema): Decode {
  if (schema.enum !== undefined) return oneOf(schema.enum)
  switch (schema.type) {
    case 'boolean':
      return (given) => (typeof given === 'boolean' ? given : refuse(given, 'true or false'))
    case 'integer':
      return schema.format === 'int32' ? int32 : int53
    case 'number':
      return double
    case 'string':
      return (given) => (typeof given === 'string' ? given : refuse(given, 'text'))
    default:
      throw new Error(`the codec cannot read a field of type '${schema.type}'`)
  }
}

function oneOf(words: readonly string[]): Decode {
  return (given) =>
    typeof given === 'string' && words.includes(given) ? given : refuse(given, `one of ${words.join(', ')}`)
}

function int53(given: unknown): unknown {
  return Number.isSafeInteger(given) ? given : refuse(given, 'a whole number below 2^53')
}

function int32(given: unknown): unknown {
  return Number.isSafeInteger(given) && (given as number) === ((given as number) | 0)
    ? given
    : refuse(given, 'a whole number of 32 bits')
}

/** NaN and the infinities are written as strings, so they are read as such. */
function double(given: unknown): unknown {
  if (given === 'NaN' || given === 'Infinity' || given === '-Infinity') return Number(given)
  return Number.isFinite(given) ? given : refuse(given, 'a number, "NaN", "Infinity" or "-Infinity"')
}

function refuse(given: unknown, wanted: string): never {
  throw wrong(given, wanted)
}

function wrong(given: unknown, wanted: string): Misfit {
  return new Misfit((path) => `The field '${path}' must be ${wanted}, not ${shown(given)}.`)
}
