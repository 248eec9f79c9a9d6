import type { Column } from '../command.ts'

/** A line of one thing that is shown to a person. */
export interface Line {
  readonly name: string
  readonly value: unknown
  readonly as: Column['as']
}

/** Fields that the contract gives in milliseconds since the epoch. */
const TIME = /(^|_)(time|timestamp)(_ms)?$/

/**
 * The fields of one thing, a line for each: those within others by their path, and pairs of key and value, such as params
 * and tags, by their key. What has nothing in it is left out.
 */
export function unfold(thing: object, above = ''): Line[] {
  return Object.entries(thing).flatMap(([field, value]): Line[] => {
    const name = `${above}${field}`
    if (isPairs(value)) {
      return value.map((pair) => ({ name: `${name}.${pair.key}`, value: pair.value, as: undefined }))
    }
    if (isFields(value)) return unfold(value, `${name}.`)
    return [{ name, value, as: TIME.test(field) ? 'time' : undefined }]
  })
}

const isFields = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function isPairs(value: unknown): value is readonly { readonly key: string; readonly value?: unknown }[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one) => isFields(one) && 'key' in one && typeof one.key === 'string')
  )
}
