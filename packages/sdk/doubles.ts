import type { fields } from '@orrery/base/contract'

/*
 * NaN and the infinities are text in JSON. Only messages with a double in them are walked, and of those only the
 * branches that lead to one.
 */

interface Schema {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
}

/** Gives the value itself where there is nothing to change, else a copy: what it was given stays as it was. */
type Walk = (value: unknown) => unknown

const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

const read: Walk = (value) =>
  typeof value === 'string' && Object.hasOwn(SPECIAL, value) ? SPECIAL[value] : value
const write: Walk = (value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value)

/** @returns what puts numbers where their names stand; undefined where the message has no doubles */
export const compileReader = (message: fields.TSchema) => compile(message as unknown as Schema, read)

/** @returns what puts names where JSON has no numbers; undefined where the message has no doubles */
export const compileWriter = (message: fields.TSchema) => compile(message as unknown as Schema, write)

function compile(schema: Schema, leaf: Walk): Walk | undefined {
  if (schema.format === 'double') return leaf
  if (schema.items !== undefined) return compileList(schema.items, leaf)
  const walks = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const walk = compile(field, leaf)
    return walk === undefined ? [] : [[name, walk] as const]
  })
  return walks.length === 0 ? undefined : (value) => walkFields(value, walks)
}

function compileList(items: Schema, leaf: Walk): Walk | undefined {
  const walk = compile(items, leaf)
  if (walk === undefined) return undefined
  return (value) => {
    if (!Array.isArray(value)) return value
    let copy: unknown[] | undefined
    for (let i = 0; i < value.length; i++) {
      const item = walk(value[i])
      if (Object.is(item, value[i])) continue
      copy ??= [...value]
      copy[i] = item
    }
    return copy ?? value
  }
}

function walkFields(value: unknown, walks: readonly (readonly [string, Walk])[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  const given = value as Readonly<Record<string, unknown>>
  let copy: Record<string, unknown> | undefined
  for (const [name, walk] of walks) {
    const field = given[name]
    if (field === undefined) continue
    const walked = walk(field)
    if (Object.is(walked, field)) continue
    copy ??= { ...given }
    copy[name] = walked
  }
  return copy ?? value
}
