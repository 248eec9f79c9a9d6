import { nearest } from '@orrery/base/kernel'
import { CliError } from '../exit-codes.ts'
import type { Path } from './set-field.ts'

/** What of JSON Schema the contract's messages use. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly string[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly nullable?: boolean
}

/** How a message was written. */
export interface Written {
  /** Where a field, or the name of it, stands. */
  where(path: Path, isKey: boolean): string
  /** The letters of a plain number or flag: `version: 1.10` means the text where a text is wanted. */
  letters(path: Path): string | undefined
}

/** Finds unknown fields, words that are none of the allowed ones, and values of the wrong kind. @returns the message */
export function checkFields(message: Record<string, unknown>, schema: Schema, written: Written) {
  return check(message, schema, [], written) as Record<string, unknown>
}

/** What is allowed at a place, if such a place is known. */
export function schemaAt(schema: Schema, path: Path): Schema | undefined {
  let found: Schema | undefined = schema
  for (const part of path) found = typeof part === 'number' ? found?.items : found?.properties?.[part]
  return found
}

function check(value: unknown, schema: Schema, path: Path, written: Written): unknown {
  const refuse = (says: string, hint?: string): never => {
    throw new CliError('USAGE', `${written.where(path, false)}: ${nameOf(path)} ${says}`, hint)
  }
  if (value === null && schema.nullable === true) return value
  if (schema.properties !== undefined) return checkObject(value, schema.properties, path, written, refuse)
  if (schema.items !== undefined) {
    const items: readonly unknown[] = Array.isArray(value) ? value : refuse('must be a list.')
    return items.map((item, at) => check(item, schema.items!, [...path, at], written))
  }
  if (schema.enum !== undefined) {
    if (schema.enum.includes(value as string)) return value
    return refuse(
      `is ${shown(value)}; it can be ${schema.enum.join(', ')}.`,
      meant(String(value), schema.enum),
    )
  }
  const kind = KINDS[String(schema.type)]
  if (kind === undefined || kind.is(value)) return value
  const letters = schema.type === 'string' ? written.letters(path) : undefined
  return letters ?? refuse(`is ${shown(value)}; it must be ${kind.says}.`)
}

function checkObject(
  value: unknown,
  properties: Readonly<Record<string, Schema>>,
  path: Path,
  written: Written,
  refuse: (says: string) => never,
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(`must have fields: ${Object.keys(properties).join(', ')}.`)
  }
  const checked: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value)) {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (known === undefined) throw unknown(name, [...path, name], Object.keys(properties), written)
    checked[name] = check(field, known, [...path, name], written)
  }
  return checked
}

const KINDS: Readonly<Record<string, { readonly says: string; readonly is: (value: unknown) => boolean }>> = {
  string: { says: 'text', is: (value) => typeof value === 'string' },
  integer: {
    says: 'a whole number',
    is: (value) => Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d+$/.test(value)),
  },
  number: {
    says: 'a number',
    is: (value) =>
      typeof value === 'number' || value === 'NaN' || value === 'Infinity' || value === '-Infinity',
  },
  boolean: { says: 'true or false', is: (value) => typeof value === 'boolean' },
}

function unknown(name: string, path: Path, known: readonly string[], { where }: Written): CliError {
  const list = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`
  return new CliError(
    'USAGE',
    `${where(path, true)}: there is no field '${nameText(path)}'; ${list}.`,
    meant(name, known),
  )
}

function meant(typo: string, known: readonly string[]): string | undefined {
  const word = nearest(typo, known)
  return word === undefined ? undefined : `Did you mean '${word}'?`
}

const nameText = (path: Path) =>
  path.map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`)).join('')
const nameOf = (path: Path) => (path.length === 0 ? 'it' : `'${nameText(path)}'`)

function shown(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
