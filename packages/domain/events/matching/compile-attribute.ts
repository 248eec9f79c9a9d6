import { MLFLOW_EVENT_FIELD, mlflowEventName } from '../shapes/mlflow-events.ts'
import type { AttributeCondition } from '../subscription.ts'
import type { Matched } from './compile-filter.ts'

/** What a condition finds at its field: nothing, one text, or those of a list, of which any may meet it. */
type Found = string | readonly string[] | undefined

/** @returns whether an event meets a condition */
export function compileAttribute({
  field,
  operator,
  values,
}: AttributeCondition): (event: Matched) => boolean {
  const read = readerOf(field)
  if (operator === 'not-equals' || operator === 'not-in') {
    const isAmong = amongThem(values)
    return (event) => !any(read(event), isAmong)
  }
  const meets = testOf(operator, values)
  return (event) => any(read(event), meets)
}

function testOf(
  operator: AttributeCondition['operator'],
  values: readonly string[],
): (text: string) => boolean {
  if (operator === 'equals' || operator === 'in') return amongThem(values)
  const value = folded(values[0]!)
  switch (operator) {
    case 'begins-with':
      return (text) => folded(text).startsWith(value)
    case 'ends-with':
      return (text) => folded(text).endsWith(value)
    case 'contains':
      return (text) => folded(text).includes(value)
    default:
      return numberTest(operator, Number(value))
  }
}

function numberTest(operator: string, bound: number): (text: string) => boolean {
  const compare = {
    less: (n: number) => n < bound,
    'at-most': (n: number) => n <= bound,
    greater: (n: number) => n > bound,
    'at-least': (n: number) => n >= bound,
  }[operator]!
  return (text) => {
    if (text.trim() === '') return false
    const number = Number(text)
    return !Number.isNaN(number) && compare(number)
  }
}

function amongThem(values: readonly string[]): (text: string) => boolean {
  if (values.length === 1) {
    const value = folded(values[0]!)
    return (text) => text.length === value.length && folded(text) === value
  }
  const all = new Set(values.map(folded))
  return (text) => all.has(folded(text))
}

function any(found: Found, meets: (text: string) => boolean): boolean {
  if (found === undefined) return false
  return typeof found === 'string' ? meets(found) : found.some(meets)
}

type Reader = (event: Matched) => Found

/** Readers by field: a thousand subscriptions ask the same event for the same few, so each remembers its last answer. */
const readers = new Map<string, Reader>()
const MOST_READERS = 1_000

function readerOf(field: string): Reader {
  let reader = readers.get(field)
  if (reader === undefined) {
    reader = remembering(makeReader(field))
    if (readers.size >= MOST_READERS) readers.clear()
    readers.set(field, reader)
  }
  return reader
}

function remembering(read: Reader): Reader {
  let last: Matched | undefined
  let found: Found
  return (event) => {
    if (event !== last) {
      found = read(event)
      last = event
    }
    return found
  }
}

function makeReader(field: string): Reader {
  if (field === 'actor') return (event) => event.actor
  if (field === 'reason') return (event) => event.reason ?? undefined
  if (field === MLFLOW_EVENT_FIELD) return mlflowEventName
  const of = field.startsWith('before.') ? 'before' : 'after'
  const path = field.slice(of.length + 1)
  return (event) => {
    const fields = event[of]
    return fields === undefined ? undefined : textsOf(valueAt(fields, path))
  }
}

/** A name may hold dots, as names of tags do: the longest one that is there wins. */
function valueAt(fields: object, path: string): unknown {
  if (Object.hasOwn(fields, path)) return (fields as Record<string, unknown>)[path]
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const name = path.slice(0, dot)
    if (!Object.hasOwn(fields, name)) continue
    const inner = (fields as Record<string, unknown>)[name]
    if (typeof inner !== 'object' || inner === null) continue
    const found = valueAt(inner, path.slice(dot + 1))
    if (found !== undefined) return found
  }
  return undefined
}

function textsOf(value: unknown): Found {
  if (Array.isArray(value)) return value.flatMap((item) => textOf(item) ?? [])
  return textOf(value)
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** A–Z and a–z are alike, and no other letters: as Event Grid has it, and the same whatever the locale. */
function folded(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text
}
