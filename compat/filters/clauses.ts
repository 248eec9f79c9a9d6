import type { Choices } from './random.ts'
import { TEXTS, TIMES, VALUES } from './words.ts'

/*
 * What the clauses of all questions are put together from: plain ones, such as lean on a quirk of the language, and
 * broken ones.
 */

/** 0, 1, 2 … of them, by the cumulated probabilities. */
export function list<Item>(choices: Choices, upTo: readonly number[], make: () => Item): Item[] {
  const roll = choices.next()
  return Array.from(
    {
      length: Math.max(
        0,
        upTo.findIndex((limit) => roll < limit),
      ),
    },
    make,
  )
}

export function filterOf(choices: Choices, clause: () => string): string {
  const clauses = list(choices, [0.1, 0.55, 0.8, 0.93, 0.97, 1], clause)
  const joiner = () =>
    choices.one([' AND ', ' AND ', ' AND ', ' and ', '  And\n', ' AND AND ', ' ', ' or ', ', '])
  const usual = choices.chance(0.9)
  const text = clauses.reduce(
    (sum, next) => (sum === '' ? next : sum + (usual ? ' AND ' : joiner()) + next),
    '',
  )
  const ends = choices.chance(0.03)
    ? choices.one([`AND ${text}`, `${text} AND`, ` ${text} `, `(${text})`, `${text};`])
    : text
  return choices.chance(0.06) ? broken(choices, ends) : ends
}

const SNIPPETS = [
  "'",
  '"',
  '`',
  '.',
  ' ',
  '=',
  'AND',
  '(',
  ')',
  ',',
  '-',
  '\\',
  '1',
  '%',
  'IN',
  'NULL',
  '!',
  '<',
  '::',
  '[',
  ';',
]

/** One character gone, doubled, or something else in its place. */
function broken(choices: Choices, text: string): string {
  const letters = Array.from(text)
  const put = choices.chance(0.6) ? [choices.one(SNIPPETS)] : []
  letters.splice(choices.below(letters.length + 1), choices.below(2), ...put)
  return letters.join('')
}

export function entryClause(choices: Choices, prefix: string, keys: readonly string[]): string {
  const subject = `${prefix}.${nameOf(choices, choices.one([...keys, 'nobody']))}`
  if (choices.chance(0.15))
    return `${subject} ${choices.one(['IS NULL', 'IS NOT NULL', 'is null', 'Is Not Null'])}`
  return `${subject}${choices.chance(0.8) ? ' ' : ''}${textTest(choices, TEXTS, 0.04)}`
}

export function textTest(choices: Choices, texts: readonly string[], lists: number): string {
  if (choices.chance(lists)) {
    const values = Array.from({ length: 1 + choices.below(4) }, () => listed(choices.one(texts)))
    return `${choices.one(['IN', 'NOT IN', 'in', 'not in'])}${space(choices)}(${values.join(choices.one([',', ', ']))})`
  }
  const text = choices.one(texts)
  if (choices.chance(0.45)) {
    const ops = ['LIKE', 'ILIKE', 'LIKE', 'ILIKE', 'LIKE', 'ILIKE', 'like', 'iLike']
    const op = choices.chance(0.98) ? choices.one(ops) : 'NOT LIKE'
    return `${op} ${quoted(choices, pattern(choices, text))}`
  }
  const op = choices.chance(0.98) ? choices.one(['=', '!=', '!=']) : choices.one(['>', '==', '<>', '<='])
  return `${op}${space(choices)}${choices.chance(0.99) ? quoted(choices, text) : number(choices)}`
}

/** A text with some of it made wild, or in another case. */
function pattern(choices: Choices, text: string): string {
  const letters = Array.from(text)
  const wild = choices.one(['%', '%', '_', '%%', ''])
  letters.splice(choices.below(letters.length + 1), choices.below(3), wild)
  const changed = letters.join('')
  return choices.chance(0.3) ? changed.toUpperCase() : changed
}

const PLAIN = /^(?!(in|as|case)$)[A-Za-z_]\w*(\.\w+)*$/

export function nameOf(choices: Choices, key: string): string {
  if (PLAIN.test(key) && choices.chance(0.7)) return key
  if (choices.chance(0.02)) return key
  return choices.one([`\`${key}\``, `\`${key}\``, `"${key}"`, `'${key}'`])
}

/** MLflow's search for logged models knows no other quotes around names. */
export const bareOrTicks = (key: string) => (PLAIN.test(key) ? key : `\`${key}\``)

export function quoted(choices: Choices, text: string): string {
  if (text.includes("'")) return `"${text}"`
  return text.includes('"') || choices.chance(0.75) ? `'${text}'` : `"${text}"`
}

const listed = (text: string) => `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`

export const space = (choices: Choices) => choices.one([' ', ' ', ' ', '', '  ', '\t'])
export const comparator = (choices: Choices) => choices.one(['=', '!=', '<', '<=', '>', '>='])

export function number(choices: Choices): string {
  const odd = [
    '1e309',
    '0x10',
    '--1',
    '1.',
    '.5',
    '-.5',
    '1e-5',
    '1E5',
    '1e+5',
    '+1',
    '1_000',
    '5.0',
    '00',
    'nan',
    'inf',
  ]
  if (choices.chance(0.06)) return choices.one(odd)
  const value = choices.one(VALUES)
  return typeof value === 'number' ? String(value) : '1.5'
}

export function time(choices: Choices): string {
  const odd = ['1.5', '-1', '99999999999999999999', '1e12', "'5'", '1700000000000.5']
  return choices.chance(0.06) ? choices.one(odd) : String(choices.one(TIMES))
}

export const direction = (choices: Choices) =>
  choices.one(
    ['', ' ASC', ' DESC', ' desc', ' asc', ' DESC', ' DESCENDING', ' '].slice(
      0,
      choices.chance(0.97) ? 6 : 8,
    ),
  )
