import { Misfit, within } from './misfit.ts'
import { refuseDeep } from './parse-json.ts'
import type { FieldSchema, Fields } from './schema.ts'

/** Turns what JSON gave into what the field holds, or throws a `Misfit`. */
export type Decode = (given: unknown) => unknown

/** What sets one JSON dialect apart from another. */
export interface Dialect {
  /** The decoder of a field that is neither list nor message. */
  readonly scalar: (schema: FieldSchema, name: string) => Decode
  /** Under which names a field may come. */
  readonly namesOf: (field: string) => readonly string[]
  /** Fields that also come under an old name, which counts where the new one is absent. */
  readonly oldNames: Readonly<Record<string, string>>
  readonly unknownField: (name: string, known: readonly string[]) => void
  readonly wrongType: (given: unknown, wanted: 'list' | 'object') => Misfit
  /** What is said of a required field that did not come, or came as a value that `isMissing`. */
  readonly missing: (path: string) => string
  readonly isMissing: (value: unknown) => boolean
}

/** Compiles a message once; the result decodes in one pass over the keys that came. */
export function compileMessage(schema: FieldSchema, dialect: Dialect): (given: unknown) => Fields {
  const fields = fieldsByName(schema, dialect)
  const known = Object.keys(schema.properties ?? {})
  const required = known.filter((name) => schema.required?.includes(name))
  const renamed = Object.entries(dialect.oldNames).filter(([name]) => known.includes(name))

  return function decodeMessage(given: unknown): Fields {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw dialect.wrongType(given, 'object')
    }
    const source = given as Fields
    const message: Record<string, unknown> = {}
    let step = ''
    try {
      for (step of Object.keys(source)) {
        const value = source[step]
        const field = fields.get(step)
        if (field === undefined) passOver(step, value, dialect, known)
        else if (value === null && field.isNullable) message[field.name] = null
        else if (value !== null && value !== undefined) {
          if (message[field.name] !== undefined) throw twoNames(field.name)
          message[field.name] = field.decode(value)
        }
      }
    } catch (error) {
      throw within(error, fields.get(step)?.name ?? step)
    }
    for (const [name, old] of renamed) if (message[name] === undefined) message[name] = message[old]
    for (const name of required) {
      if (dialect.isMissing(message[name])) throw within(new Misfit(dialect.missing), name)
    }
    return message
  }
}

interface CompiledField {
  readonly name: string
  readonly decode: Decode
  readonly isNullable: boolean
}

function fieldsByName(schema: FieldSchema, dialect: Dialect): Map<string, CompiledField> {
  const fields = new Map<string, CompiledField>()
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const decode = compileField(field, name, dialect)
    const isNullable = field.nullable === true
    for (const alias of dialect.namesOf(name)) fields.set(alias, { name, decode, isNullable })
    const old = dialect.oldNames[name]
    if (old === undefined) continue
    for (const alias of dialect.namesOf(old)) fields.set(alias, { name: old, decode, isNullable })
  }
  return fields
}

function passOver(name: string, value: unknown, dialect: Dialect, known: readonly string[]): void {
  dialect.unknownField(name, known)
  if (typeof value === 'object' && value !== null) refuseDeep(value)
}

/** As MLflow: which of two spellings of a field counts must not depend on their order. */
function twoNames(name: string): Misfit {
  return new Misfit(() => `Request specifies '${name}' under two names; provide only one of them.`)
}

function compileField(schema: FieldSchema, name: string, dialect: Dialect): Decode {
  if (schema.type === 'array') return compileList(compileField(schema.items!, name, dialect), dialect)
  if (schema.type === 'object') return orSpelled(schema, compileMessage(schema, dialect))
  return dialect.scalar(schema, name)
}

function orSpelled({ spelled }: FieldSchema, decode: Decode): Decode {
  if (spelled === undefined) return decode
  return function decodeSpelled(given: unknown): unknown {
    const values = typeof given === 'string' ? given.toUpperCase().split('.') : []
    if (values.length !== spelled.length) return decode(given)
    return decode(Object.fromEntries(spelled.map((name, place) => [name, values[place]])))
  }
}

function compileList(item: Decode, dialect: Dialect): Decode {
  return function decodeList(given: unknown): unknown[] {
    if (!Array.isArray(given)) throw dialect.wrongType(given, 'list')
    const items: unknown[] = new Array(given.length)
    let index = 0
    try {
      for (; index < given.length; index++) items[index] = item(given[index])
    } catch (error) {
      throw within(error, `[${index}]`)
    }
    return items
  }
}
