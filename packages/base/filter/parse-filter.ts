import { invalid } from '@orrery/base/kernel'
import { Cursor } from './cursor.ts'
import { type Named, namesOf, parseSubject } from './parse-subject.ts'
import { parseList, parseNumber, parseText } from './parse-value.ts'
import type { Clause, Filter, Op } from './tree.ts'
import type { Field, Vocabulary } from './vocabulary.ts'

/** In characters: enough for `run_id IN (…)` over 2,000 ids, small enough to be read in about a millisecond. */
export const MAX_FILTER_LENGTH = 100_000
export const MAX_CLAUSES = 500
/** SQLite refuses LIKE patterns beyond 50,000 bytes; nobody types a longer one than this. */
const MAX_PATTERN_LENGTH = 10_000

const SYMBOLS = /[<>=!~]+/y
const AND = /and(?![\p{L}\p{N}_.])/iuy

/**
 * Reads a filter into its clauses. An absent or empty filter has none and is true for everything.
 *
 * AND stands between clauses; as in MLflow it may also be left out, doubled, or stand at either end.
 *
 * @throws INVALID_PARAMETER_VALUE with the position, what was found and what is allowed
 */
export function parseFilter(text: string | undefined, vocabulary: Vocabulary): Filter {
  if (text === undefined || text === '') return []
  checkText(text, 'filter', MAX_FILTER_LENGTH)
  const cursor = new Cursor(text, 'filter')
  cursor.skipSpace()
  if (cursor.atEnd) throw cursor.refuse('it holds only white space', 'Leave the filter out to find all.', 0)
  const clauses: Clause[] = []
  for (; !cursor.atEnd; cursor.skipSpace()) {
    if (cursor.take(AND) !== undefined) continue
    if (clauses.length >= MAX_CLAUSES) throw cursor.refuse(`it has more than ${MAX_CLAUSES} clauses`)
    clauses.push(parseClause(cursor, vocabulary))
  }
  return clauses
}

/** Refuses what no engine can take, before anything else looks at it. */
export function checkText(text: string, field: string, maxLength: number): void {
  if (text.length > maxLength) {
    throw invalid(`Invalid ${field}: it has ${text.length} characters, at most ${maxLength} are allowed.`)
  }
  if (text.includes('\0')) throw invalid(`Invalid ${field}: it holds a NUL character.`)
}

function parseClause(cursor: Cursor, vocabulary: Vocabulary): Clause {
  refuseLogic(cursor)
  const named = parseSubject(cursor, vocabulary, canBeAsked)
  if (named.field.ops.length === 0) throw refuseUnasked(cursor, named, vocabulary)
  cursor.skipSpace()
  const at = cursor.at
  const op = parseOp(cursor, named)
  const test = parseTest(cursor, vocabulary, named, op)
  if (!named.field.ops.includes(op)) throw refuseOp(cursor, named, op, at)
  // The field takes this op and its kind of value, and the vocabulary gives each entity only fitting fields.
  return { ...named.subject, ...test } as Clause
}

/** People who know SQL try these first, so each gets its own sentence. */
function refuseLogic(cursor: Cursor): void {
  if (cursor.here === '(') throw cursor.refuse('brackets stand only around lists', ONLY_AND)
  if (/^(or|not)(?![\p{L}\p{N}_.])/iu.test(cursor.text.slice(cursor.at, cursor.at + 4))) {
    throw cursor.refuse(`${cursor.glimpse()} is not part of the language`, ONLY_AND)
  }
}

const ONLY_AND = 'Conditions are joined by AND; there is no OR and no NOT.'

function parseOp(cursor: Cursor, { subject, field }: Named): Op {
  const at = cursor.at
  const found = cursor.take(SYMBOLS) ?? parseWordOp(cursor)
  if (found !== undefined && isOp(found)) return found
  throw cursor.refuse(
    `expected a comparison behind '${subject.name}', found ${cursor.glimpse(at)}`,
    `Allowed: ${field.ops.join(', ')}.`,
    at,
  )
}

const OPS: readonly string[] = [
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'LIKE',
  'ILIKE',
  'IN',
  'NOT IN',
  'IS NULL',
  'IS NOT NULL',
] satisfies Op[]
const isOp = (text: string): text is Op => OPS.includes(text)

/** `LIKE`, `in`, `is  not null`: one spelling for all of them. */
function parseWordOp(cursor: Cursor): string | undefined {
  const words: string[] = []
  for (;;) {
    const word = cursor.word()?.toUpperCase()
    if (word === undefined) return words.join(' ') || undefined
    words.push(word)
    const unfinished = word === 'IS' || word === 'NOT'
    if (!unfinished || words.length > 2) return words.join(' ')
    cursor.skipSpace()
  }
}

type Test = { op: Op; value?: string | number; values?: readonly string[] }

function parseTest(cursor: Cursor, vocabulary: Vocabulary, { subject, field }: Named, op: Op): Test {
  if (op === 'IS NULL' || op === 'IS NOT NULL') return { op }
  cursor.skipSpace()
  if (op === 'IN' || op === 'NOT IN') return { op, values: parseList(cursor, subject.name, vocabulary) }
  if (field.holds !== 'text' && op !== 'LIKE' && op !== 'ILIKE') {
    return { op, value: parseNumber(cursor, subject.name, field) }
  }
  const value = parseText(cursor, subject.name, vocabulary)
  if ((op === 'LIKE' || op === 'ILIKE') && value.length > MAX_PATTERN_LENGTH) {
    throw cursor.refuse(`the pattern has more than ${MAX_PATTERN_LENGTH} characters`)
  }
  return { op, value }
}

function refuseOp(cursor: Cursor, { subject, field }: Named, op: Op, at: number) {
  return cursor.refuse(
    `'${op}' cannot be asked of '${subject.name}' (${subject.entity})`,
    `Allowed: ${field.ops.join(', ')}.`,
    at,
  )
}

const canBeAsked = (field: Field) => field.ops.length > 0

/** A name that only `order_by` knows. */
function refuseUnasked(cursor: Cursor, { subject }: Named, { closed, of }: Vocabulary) {
  return cursor.refuse(
    `'${subject.name}' cannot be asked for in a search for ${of}, only sorted by`,
    `Allowed: ${namesOf(closed[subject.entity] ?? {}, canBeAsked).join(', ')}.`,
    subject.at,
  )
}
