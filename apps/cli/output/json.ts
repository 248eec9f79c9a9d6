import { printableJson } from './printable.ts'
import type { Writer } from './writer.ts'

/** NaN and the infinities stay the text that they are on the wire; JSON has no other way to say them. */
export const writeJson: Writer = (result, { isTerminal }) => {
  if (result === undefined) return ''
  const text = `${JSON.stringify(result, sayable, 2)}\n`
  return isTerminal ? printableJson(text) : text
}

const sayable = (_: string, value: unknown) =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
