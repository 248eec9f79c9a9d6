import type { FieldSchema, Fields } from './schema.ts'

type Encode = (value: unknown) => string

/** What becomes of a list without items: MLflow leaves it out, our own routes write `[]`. */
export type EmptyLists = 'left out' | 'written'

/**
 * Compiles a message into a writer of its JSON: fields in the order of the schema, absent ones left out, NaN and
 * the infinities as strings.
 */
export function compileEncoder(schema: FieldSchema, empty: EmptyLists): Encode {
  if (schema.type === 'object') return messageEncoder(schema, empty)
  if (schema.type === 'array') return listEncoder(compileEncoder(schema.items!, empty))
  if (schema.type === 'number') return encodeDouble
  if (schema.type === 'integer' || schema.type === 'boolean') return String
  return JSON.stringify
}

function messageEncoder(schema: FieldSchema, empty: EmptyLists): Encode {
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => ({
    name,
    opening: `${JSON.stringify(name)}:`,
    encode: compileEncoder(field, empty),
    dropsEmpty: empty === 'left out' && !field.evenEmpty,
  }))
  return function encodeMessage(value) {
    const source = value as Fields
    let json = ''
    for (const { name, opening, encode, dropsEmpty } of fields) {
      const item = source[name]
      if (item === undefined || item === null) continue
      if (dropsEmpty && Array.isArray(item) && item.length === 0) continue
      json += (json === '' ? opening : `,${opening}`) + encode(item)
    }
    return `{${json}}`
  }
}

function listEncoder(encode: Encode): Encode {
  return function encodeList(value) {
    let json = ''
    for (const item of value as readonly unknown[]) json += json === '' ? encode(item) : `,${encode(item)}`
    return `[${json}]`
  }
}

function encodeDouble(value: unknown): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? '"NaN"' : (value as number) > 0 ? '"Infinity"' : '"-Infinity"'
}
