import { invalid } from '@orrery/base/kernel'
import type { ColumnType, Value } from './bulk.ts'

/**
 * What both engines store alike. PostgreSQL takes no NUL in text, SQLite turns NaN into NULL: both are refused
 * here, so that a caller sees the same on either engine.
 */
export function toValue(value: unknown): Value {
  switch (typeof value) {
    case 'string':
      return storableText(value)
    case 'number':
      if (Number.isNaN(value)) throw new Error('NaN cannot be stored as a number; use a flag column')
      return value
    case 'boolean':
      return value ? 1 : 0
    case 'object':
      if (value === null) return null
  }
  throw new Error(`a value of type ${typeof value} cannot be bound; allowed are text, numbers and null`)
}

export function toColumnValue(type: ColumnType, value: Value): Value {
  if (type === 'int' && typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw invalid(`${value} is not a whole number between -(2^53 - 1) and 2^53 - 1.`)
  }
  return toValue(value)
}

function storableText(text: string): string {
  if (text.includes('\0')) throw invalid('Text must not contain the character NUL (U+0000).')
  return text
}

/** Integers that a double cannot hold are refused, never rounded. */
export function exactInteger(digits: string): number {
  const value = Number(digits)
  if (!Number.isSafeInteger(value)) throw new Error(`the stored integer ${digits} is beyond 2^53`)
  return value
}
