/**
 * What a clause speaks about. `attribute` is a column of the searched thing itself; the others are looked up by
 * name in what belongs to it.
 */
export type Entity = 'attribute' | 'metric' | 'param' | 'tag' | 'dataset'

export type Comparator = '=' | '!=' | '<' | '<=' | '>' | '>='
export type Like = 'LIKE' | 'ILIKE'
export type Listed = 'IN' | 'NOT IN'
export type Nullness = 'IS NULL' | 'IS NOT NULL'
export type Op = Comparator | Like | Listed | Nullness

export interface Subject {
  readonly entity: Entity
  /** Canonical: aliases (`created`, `Run name`) are resolved, quotes are gone. */
  readonly name: string
  /** Where the clause begins in its text, counted from 0. */
  readonly at: number
}

/** One condition. A filter is true when all of its clauses are. */
export type Clause =
  | (Subject & { readonly op: Comparator; readonly value: string | number })
  | (Subject & { readonly op: Like; readonly value: string })
  | (Subject & { readonly op: Listed; readonly values: readonly string[] })
  | (Subject & { readonly op: Nullness })

/** Joined by AND: the language has no OR, no NOT and no brackets around conditions. */
export type Filter = readonly Clause[]

export interface OrderKey {
  readonly entity: Entity
  readonly name: string
  readonly descending: boolean
}
