import type { Cursor } from './cursor.ts'
import type { Field, Vocabulary } from './vocabulary.ts'

const NUMBER = /-?(?:\d+(?:\.\d+)?[eE]-?\d+|\d+\.\d*|\.\d+|\d+)(?![\p{L}\p{N}_.])/uy
const BARE = /[\p{L}\p{N}_][\p{L}\p{N}_.]*/uy
/* Lists are Python tuples of strings to MLflow, and so are their escapes. */
const LISTED = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/sy
const ESCAPES: Record<string, string> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  n: '\n',
  r: '\r',
  t: '\t',
  '\n': '',
}

const MAX_LIST = 2_000

export function parseNumber(cursor: Cursor, subject: string, { holds, quotable }: Field): number {
  const start = cursor.at
  const found = (quotable ? cursor.quoted("'", '"')?.trim() : undefined) ?? cursor.take(NUMBER)
  if (found === undefined) {
    throw cursor.refuse(`'${subject}' is compared with a number, found ${cursor.glimpse()}`, NUMBERS)
  }
  if (holds === 'whole' && !/^-?\d+$/.test(found)) {
    throw cursor.refuse(
      `'${subject}' is compared with a whole number, given ${found.slice(0, 60)}`,
      undefined,
      start,
    )
  }
  const value = Number(found)
  if (!Number.isFinite(value))
    throw cursor.refuse(`${found.slice(0, 60)} is too large for a number`, undefined, start)
  return value
}

const NUMBERS = 'Write numbers as 5, -0.5 or 1e-3, without quotes.'

export function parseText(cursor: Cursor, subject: string, vocabulary: Vocabulary): string {
  const quoted = cursor.quoted("'", '"')
  if (quoted !== undefined) return quoted
  const bare = vocabulary.bareText ? (cursor.take(NUMBER) ?? cursor.take(BARE)) : undefined
  if (bare !== undefined) return bare
  throw cursor.refuse(
    `'${subject}' is compared with text, found ${cursor.glimpse()}`,
    'Put the text in single or double quotes.',
  )
}

/** `('a', "b")`, with at least one text. */
export function parseList(cursor: Cursor, subject: string, vocabulary: Vocabulary): string[] {
  const start = cursor.at
  const refuse = () =>
    cursor.refuse(
      `'${subject}' needs a list, found ${cursor.glimpse()}`,
      "Write a list as ('a', 'b'): quoted texts with commas, at least one.",
    )
  if (!cursor.takeText('(')) throw refuse()
  const values: string[] = []
  for (;;) {
    cursor.skipSpace()
    if (values.length > 0 && cursor.takeText(')')) return values
    values.push(parseListed(cursor, vocabulary) ?? raise(refuse()))
    if (values.length > MAX_LIST) {
      throw cursor.refuse(`the list has more than ${MAX_LIST} values`, undefined, start)
    }
    cursor.skipSpace()
    if (cursor.takeText(',')) continue
    if (cursor.takeText(')')) return values
    throw refuse()
  }
}

function parseListed(cursor: Cursor, vocabulary: Vocabulary): string | undefined {
  const found = cursor.take(LISTED)
  if (found === undefined) return vocabulary.bareText ? cursor.take(NUMBER) : undefined
  return found.slice(1, -1).replace(/\\(.)/gs, (written, character) => ESCAPES[character] ?? written)
}

function raise(problem: Error): never {
  throw problem
}
