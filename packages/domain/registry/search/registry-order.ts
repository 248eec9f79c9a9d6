import { type OrderKey, parseOrderBy, refuseTwice, type Vocabulary } from '@orrery/base/filter'
import { sql } from 'kysely'
import type { Term } from '../../tracking/index.ts'

/** A term with the name that the order has for it. */
export type NamedTerm = Term & { readonly name: string }

const modelTerm = named({ name: 'm.name', last_updated_timestamp: 'm.updated_at' })
const versionTerm = named({
  name: 'm.name',
  version_number: 'v.version',
  creation_timestamp: 'v.created_at',
  last_updated_timestamp: 'v.updated_at',
})

const BY_NAME = { name: 'name', descending: false }
const HIGHEST_FIRST = { name: 'version_number', descending: true }
const CHANGED_LAST_FIRST = { name: 'last_updated_timestamp', descending: true }

/** The order of a search for `registered_models as m`; it ends with the name, which only one of them has. */
export function modelTerms(orderBy: readonly string[] | undefined, vocabulary: Vocabulary): NamedTerm[] {
  return endingWith(read(orderBy, vocabulary), [BY_NAME]).map(modelTerm)
}

/** As `modelTerms`, of `model_versions as v`, which name and number tell apart. */
export function versionTerms(orderBy: readonly string[] | undefined, vocabulary: Vocabulary): NamedTerm[] {
  const given = read(orderBy, vocabulary)
  const order = given.length > 0 ? given : [CHANGED_LAST_FIRST]
  return endingWith(order, [BY_NAME, HIGHEST_FIRST]).map(versionTerm)
}

type Key = Pick<OrderKey, 'name' | 'descending'>

function read(orderBy: readonly string[] | undefined, vocabulary: Vocabulary): OrderKey[] {
  const order = parseOrderBy(orderBy ?? [], vocabulary)
  refuseTwice(order)
  return order
}

const endingWith = (order: readonly Key[], end: readonly Key[]): Key[] => [
  ...order,
  ...end.filter(({ name }) => !order.some((key) => key.name === name)),
]

function named(columns: Readonly<Record<string, string>>) {
  return ({ name, descending }: Key): NamedTerm => ({
    name,
    column: sql.ref(columns[name]!),
    holds: name === 'name' ? 'text' : 'whole',
    descending,
  })
}
