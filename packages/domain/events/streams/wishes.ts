import { invalid } from '@orrery/base/kernel'
import type { LoggedEvent } from '../log.ts'
import { checkFilter } from '../matching/check-filter.ts'
import { compileFilter } from '../matching/compile-filter.ts'
import { STREAM_LIMITS, type StreamWishes } from '../streams.ts'

/** Whether an event is wished for. */
export type Wished = (event: LoggedEvent) => boolean

/** Refuses with INVALID_PARAMETER_VALUE. */
export function checkWishes({ filters }: StreamWishes): void {
  if (filters.length > STREAM_LIMITS.filters) {
    throw invalid(`'filters' has ${filters.length} entries; at most ${STREAM_LIMITS.filters} are allowed.`)
  }
  for (const [at, filter] of filters.entries()) checkFilter(filter, `filters[${at}]`)
  const bytes = Buffer.byteLength(JSON.stringify(filters))
  if (bytes > STREAM_LIMITS.wishesBytes) {
    throw invalid(`'filters' takes ${bytes} bytes; at most ${STREAM_LIMITS.wishesBytes} are allowed.`)
  }
}

/** By type first: most of a hundred filters are for others. */
export function compileWishes({ filters }: StreamWishes): Wished {
  const compiled = filters.map(compileFilter)
  const forAll = compiled.filter(({ types }) => types === undefined)
  const byType = new Map<string, typeof compiled>()
  for (const filter of compiled) {
    for (const type of filter.types ?? []) byType.set(type, [...(byType.get(type) ?? []), filter])
  }
  const admits = (event: LoggedEvent) => (filter: (typeof compiled)[number]) => filter.admits(event)
  return (event) => {
    const ofType = byType.get(event.type)
    return (ofType?.some(admits(event)) ?? false) || forAll.some(admits(event))
  }
}
