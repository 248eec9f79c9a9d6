import { invalid } from '@orrery/base/kernel'
import { Cursor } from './cursor.ts'
import { checkText } from './parse-filter.ts'
import { type Named, namesOf, parseSubject, subjectFromText } from './parse-subject.ts'
import type { OrderKey } from './tree.ts'
import type { Field, Vocabulary } from './vocabulary.ts'

const MAX_ENTRY_LENGTH = 2_000
const MAX_ENTRIES = 50
const DIRECTION = /(asc|desc)(?![\p{L}\p{N}_])/iuy

/**
 * Reads `order_by` entries such as `metrics.accuracy DESC`; without a direction they ascend.
 *
 * @throws INVALID_PARAMETER_VALUE for what cannot be read or cannot be sorted by
 */
export function parseOrderBy(entries: readonly string[], vocabulary: Vocabulary): OrderKey[] {
  if (entries.length > MAX_ENTRIES) {
    throw invalid(`Invalid order_by: it has ${entries.length} entries, at most ${MAX_ENTRIES} are allowed.`)
  }
  return entries.map((entry) => parseEntry(entry, vocabulary))
}

/**
 * Refuses a key that is named twice, as MLflow does for runs (with an internal error, after which its client tries
 * again for minutes) and does not for experiments.
 */
export function refuseTwice(keys: readonly OrderKey[]): void {
  const seen = new Set<string>()
  for (const { entity, name } of keys) {
    const id = `${entity}.${name}`
    if (seen.has(id)) throw invalid(`Invalid order_by: '${id}' is named twice.`)
    seen.add(id)
  }
}

function parseEntry(entry: string, vocabulary: Vocabulary): OrderKey {
  checkText(entry, 'order_by', MAX_ENTRY_LENGTH)
  const cursor = new Cursor(entry, `order_by '${entry.length > 60 ? `${entry.slice(0, 60)}…` : entry}'`)
  cursor.skipSpace()
  const { subject, field } = parseKey(cursor, vocabulary)
  if (!field.sortable) {
    throw cursor.refuse(`'${entry.trim()}' cannot be sorted by`, sortables(vocabulary), subject.at)
  }
  cursor.skipSpace()
  const direction = cursor.take(DIRECTION)?.toUpperCase()
  cursor.skipSpace()
  if (!cursor.atEnd) {
    throw cursor.refuse(`expected ASC, DESC or the end, found ${cursor.glimpse()}`)
  }
  return { entity: subject.entity, name: subject.name, descending: direction === 'DESC' }
}

/** A key may also be quoted as a whole: `` `metrics.a` DESC ``. */
function parseKey(cursor: Cursor, vocabulary: Vocabulary): Named {
  const start = cursor.at
  const whole = cursor.quoted('"', '`')
  if (whole?.includes('.') && cursor.here !== '.')
    return subjectFromText(cursor, vocabulary, canBeSorted, whole, start)
  cursor.at = start
  return parseSubject(cursor, vocabulary, canBeSorted)
}

const canBeSorted = (field: Field) => field.sortable

function sortables(vocabulary: Vocabulary): string {
  const open = Object.entries(vocabulary.open).flatMap(([entity, field]) =>
    field.sortable ? [`${entity}s.<name>`] : [],
  )
  const closed = Object.values(vocabulary.closed).flatMap((fields) => namesOf(fields, canBeSorted))
  return `Allowed: ${[...open, ...closed].join(', ')}.`
}
