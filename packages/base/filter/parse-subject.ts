import type { Cursor } from './cursor.ts'
import type { Entity, Subject } from './tree.ts'
import type { Field, Vocabulary } from './vocabulary.ts'

export interface Named {
  readonly subject: Subject
  readonly field: Field
}

const ENTITY_WORDS: Record<Entity, string> = {
  attribute: 'attribute',
  metric: 'metrics.<name>',
  param: 'params.<name>',
  tag: 'tags.<name>',
  dataset: 'dataset.<name>',
}

/** Whether a field is one that a clause, or an order, may be about: others are not offered. */
export type IsMeant = (field: Field) => boolean

/** `metrics.accuracy`, ``params.`learning rate` ``, `status`: what a clause or an order is about. */
export function parseSubject(cursor: Cursor, vocabulary: Vocabulary, isMeant: IsMeant): Named {
  const at = cursor.at
  const quote = cursor.here
  const first = cursor.quoted('"', '`') ?? cursor.word()
  if (first === undefined) throw expected(cursor, vocabulary)
  if (!cursor.takeText('.')) return lookUp(cursor, vocabulary, isMeant, 'attribute', first, at)
  const entity = quote === '"' ? undefined : entityOf(vocabulary, first)
  if (entity === undefined) throw unknownPrefix(cursor, vocabulary, first, at)
  return lookUp(cursor, vocabulary, isMeant, entity, parseName(cursor), at)
}

/** Splits a key that was quoted as a whole, as in ``order_by `metrics.a` ``. */
export function subjectFromText(
  cursor: Cursor,
  vocabulary: Vocabulary,
  isMeant: IsMeant,
  text: string,
  at: number,
): Named {
  const dot = text.indexOf('.')
  if (dot < 0) return lookUp(cursor, vocabulary, isMeant, 'attribute', text, at)
  const entity = entityOf(vocabulary, text.slice(0, dot))
  if (entity === undefined) throw unknownPrefix(cursor, vocabulary, text.slice(0, dot), at)
  return lookUp(cursor, vocabulary, isMeant, entity, text.slice(dot + 1), at)
}

/** All behind the first dot: one quoted name, or words joined by what a metric's name may hold beside letters. */
function parseName(cursor: Cursor): string {
  const start = cursor.at
  const quoted = cursor.quoted("'", '"', '`')
  if (quoted !== undefined) {
    if (cursor.here === '.') throw cursor.refuse('a quoted name is quoted as a whole', HOW_TO_QUOTE)
    return quoted.length > 1 && quoted.startsWith('`') && quoted.endsWith('`') ? quoted.slice(1, -1) : quoted
  }
  if (cursor.word() === undefined) throw cursor.refuse('a name is missing behind the dot', HOW_TO_QUOTE)
  for (let joint = cursor.take(JOINT); joint !== undefined; joint = cursor.take(JOINT)) {
    if (cursor.word() === undefined) throw cursor.refuse(`a name cannot end with '${joint}'`, HOW_TO_QUOTE)
  }
  if (/[^\s<>=!~,()'"`]/.test(cursor.here)) {
    const name = cursor.text.slice(start, cursor.at)
    throw cursor.refuse(`${cursor.glimpse()} cannot follow '${name}'`, HOW_TO_QUOTE)
  }
  return cursor.text.slice(start, cursor.at)
}

const JOINT = /\.|::|-|\//y
const HOW_TO_QUOTE = 'Names with other characters than letters, digits, _ . - / and :: stand in backticks.'

function lookUp(
  cursor: Cursor,
  vocabulary: Vocabulary,
  isMeant: IsMeant,
  entity: Entity,
  name: string,
  at: number,
): Named {
  if (name === '') throw cursor.refuse('the name is empty', HOW_TO_QUOTE, at)
  const open = vocabulary.open[entity]
  if (open !== undefined) return { subject: { entity, name, at }, field: open }
  const closed = vocabulary.closed[entity] ?? {}
  const field = Object.hasOwn(closed, name) ? closed[name] : undefined
  if (field === undefined) {
    const what = entity === 'attribute' ? 'an attribute' : `a ${entity} field`
    throw cursor.refuse(
      `'${name}' is not ${what} of ${vocabulary.of}`,
      `Allowed: ${namesOf(closed, isMeant).join(', ')}.`,
      at,
    )
  }
  return { subject: { entity, name: field.name ?? name, at }, field }
}

export function namesOf(fields: Readonly<Record<string, Field>>, isMeant: IsMeant): string[] {
  return Object.entries(fields).flatMap(([name, field]) => (isMeant(field) ? [name] : []))
}

function entityOf(vocabulary: Vocabulary, prefix: string): Entity | undefined {
  return Object.hasOwn(vocabulary.prefixes, prefix) ? vocabulary.prefixes[prefix] : undefined
}

function unknownPrefix(cursor: Cursor, vocabulary: Vocabulary, prefix: string, at: number) {
  const allowed = Object.keys(vocabulary.prefixes).join(', ')
  return cursor.refuse(
    `'${prefix}' is not a kind of thing in a search for ${vocabulary.of}`,
    `Allowed before the dot: ${allowed}.`,
    at,
  )
}

function expected(cursor: Cursor, vocabulary: Vocabulary) {
  const kinds = [...new Set(Object.values(vocabulary.prefixes))].map((entity) => ENTITY_WORDS[entity])
  return cursor.refuse(`expected ${kinds.join(', ')}, found ${cursor.glimpse()}`)
}
