import type { FieldSchema, Fields } from './schema.ts'

type Encode = (value: unknown) => string

/**
 * Compiles a message into a writer of its JSON: fields in the order of the schema, absent ones and empty lists
 * left out, NaN and the infinities as strings.
 */
export function compileEncoder(schema: FieldSchema): Encode {
  if (schema.type === 'object') return messageEncoder(schema)
  if (schema.type === 'array') return listEncoder(compileEncoder(schema.items!))
  if (schema.type === 'number') return encodeDouble
  if (schema.type === 'integer' || schema.type === 'boolean') return String
  return JSON.stringify
}

function messageEncoder(schema: FieldSchema): Encode {
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => ({
    name,
    opening: `${JSON.stringify(name)}:`,
    encode: compileEncoder(field),
  }))
  return function encodeMessage(value) {
    const source = value as Fields
    let json = ''
    for (const { name, opening, encode } of fields) {
      const item = source[name]
      if (item === undefined || item === null || (Array.isArray(item) && item.length === 0)) continue
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
