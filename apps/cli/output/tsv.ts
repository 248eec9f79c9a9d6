import { cellsOf, plain } from './cells.ts'
import { printable } from './printable.ts'
import type { Writer } from './writer.ts'

const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' }

/** One line for each row, without a head; a scalar alone stands bare, for `$(orrery …)`. */
export const writeTsv: Writer = (result, { columns, isTerminal }) => {
  if (result === undefined || result === null) return ''
  const text =
    typeof result === 'object'
      ? cellsOf(result, columns)
          .rows.map((row) => `${row.map((cell) => escaped(plain(cell))).join('\t')}\n`)
          .join('')
      : `${String(result)}\n`
  return isTerminal ? printable(text) : text
}

const escaped = (cell: string) => cell.replace(/[\t\n\r\\]/g, (letter) => ESCAPES[letter]!)
