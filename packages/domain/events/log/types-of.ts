import { EVENTS } from '@orrery/base/contract'
import { invalid } from '@orrery/base/kernel'
import { isWildcard, spreadTypes, typesBelow } from '../matching/compile-filter.ts'

const MOST = 200

/** Types to ask the log for: `noun.*` becomes the catalogue's. @throws INVALID_PARAMETER_VALUE for others */
export function typesOf(types: readonly string[] | undefined): readonly string[] | undefined {
  if (types === undefined || types.length === 0) return undefined
  if (types.length > MOST) throw invalid(`'types' names ${types.length} types; at most ${MOST} are allowed.`)
  const unknown = types.find((type) =>
    isWildcard(type) ? typesBelow(type).length === 0 : !Object.hasOwn(EVENTS, type),
  )
  if (unknown === undefined) return [...spreadTypes(types)]
  throw invalid(
    `'types' names '${unknown.slice(0, 100)}', which is no type of event.`,
    'GET /api/orrery/v1/events/catalogue lists them; `run.*` stands for all of a noun.',
  )
}
