import { EVENT_TYPES } from '@orrery/base/contract'
import type { LoggedEvent } from '../log.ts'
import type { SubscriptionFilter } from '../subscription.ts'
import { compileAttribute } from './compile-attribute.ts'

/** What a filter looks at. */
export type Matched = Pick<LoggedEvent, 'type' | 'subject' | 'actor' | 'reason' | 'before' | 'after'>

/** A filter, ready to be asked for many events. */
export interface CompiledFilter {
  /** Types that can match; undefined: all, also those that the catalogue does not know. */
  readonly types: ReadonlySet<string> | undefined
  /** Whether an event of one of these types is let through: subject first, it costs least. */
  admits(event: Matched): boolean
  /** All of it: type and the rest. */
  matches(event: Matched): boolean
}

/** @param filter as `checkFilter` let it through */
export function compileFilter(filter: SubscriptionFilter): CompiledFilter {
  const types = filter.types === undefined ? undefined : spreadTypes(filter.types)
  const { subjectBegins = '', subjectEnds = '' } = filter
  const attributes = (filter.attributes ?? []).map(compileAttribute)

  function admits(event: Matched): boolean {
    if (!event.subject.startsWith(subjectBegins) || !event.subject.endsWith(subjectEnds)) return false
    for (const meets of attributes) if (!meets(event)) return false
    return true
  }

  return {
    types,
    admits,
    matches: (event) => (types === undefined || types.has(event.type)) && admits(event),
  }
}

/** `noun.*` becomes the catalogue's types of the noun; a type that the catalogue no longer knows stays. */
export function spreadTypes(types: readonly string[]): ReadonlySet<string> {
  return new Set(types.flatMap((type) => (isWildcard(type) ? typesBelow(type) : [type])))
}

export const isWildcard = (type: string) => type.endsWith('.*')

export function typesBelow(wildcard: string): readonly string[] {
  const noun = wildcard.slice(0, -1)
  return EVENT_TYPES.filter((type) => type.startsWith(noun))
}
