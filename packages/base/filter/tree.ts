export type Comparator = '=' | '!=' | '<' | '<=' | '>' | '>='
export type Like = 'LIKE' | 'ILIKE'
export type Listed = 'IN' | 'NOT IN'
export type Nullness = 'IS NULL' | 'IS NOT NULL'
export type Op = Comparator | Like | Listed | Nullness

export type NumberTest = { readonly op: Comparator; readonly value: number }
export type TextTest =
  | { readonly op: '=' | '!=' | Like; readonly value: string }
  | { readonly op: Listed; readonly values: readonly string[] }
export type NullTest = { readonly op: Nullness }

/**
 * What a clause speaks about. `attribute` is a column of the searched thing itself; the others are looked up by
 * name in what belongs to it.
 */
export type Entity = 'attribute' | 'metric' | 'param' | 'tag' | 'dataset'

export interface Subject<Of extends Entity = Entity> {
  readonly entity: Of
  /** Canonical: aliases (`created`, `Run name`) are resolved, quotes are gone. */
  readonly name: string
  /** Where the clause begins in its text, counted from 0. */
  readonly at: number
}

export type AttributeClause = Subject<'attribute'> & (NumberTest | TextTest)
export type MetricClause = Subject<'metric'> & NumberTest
export type EntryClause = Subject<'param' | 'tag'> & (TextTest | NullTest)
export type DatasetClause = Subject<'dataset'> & TextTest

/** One condition. A filter is true when all of its clauses are. */
export type Clause = AttributeClause | MetricClause | EntryClause | DatasetClause

/** Joined by AND: the language has no OR, no NOT and no brackets around conditions. */
export type Filter = readonly Clause[]

export interface OrderKey {
  readonly entity: Entity
  readonly name: string
  readonly descending: boolean
}

type Test = NumberTest | TextTest | NullTest

export const isNumberTest = (test: Test): test is NumberTest =>
  'value' in test && typeof test.value === 'number'

export const isNullTest = (test: Test): test is NullTest => !('value' in test || 'values' in test)
