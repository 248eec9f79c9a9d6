import { stringify } from 'yaml'
import { printable } from './printable.ts'
import type { Writer } from './writer.ts'

export const writeYaml: Writer = (result, { isTerminal }) => {
  if (result === undefined) return ''
  const text = stringify(result, { lineWidth: 0, aliasDuplicateObjects: false })
  return isTerminal ? printable(text) : text
}
