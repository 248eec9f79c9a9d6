import { Problem } from '@orrery/base/kernel'

/** Keys of a query string with all their values, in order. */
export type Query = ReadonlyMap<string, readonly string[]>

const NONE: Query = new Map()
const MOST_PAIRS = 10_000

/** Unlike URLSearchParams it refuses broken percent-encoding rather than putting U+FFFD in its place. */
export function parseQuery(text: string): Query {
  if (text === '') return NONE
  const query = new Map<string, string[]>()
  const pairs = text.split('&', MOST_PAIRS + 1)
  if (pairs.length > MOST_PAIRS) throw new Problem('BAD_REQUEST', 'The query has more than 10,000 parts.')
  for (const pair of pairs) {
    if (pair === '') continue
    const middle = pair.indexOf('=')
    const key = decode(middle < 0 ? pair : pair.slice(0, middle))
    const value = middle < 0 ? '' : decode(pair.slice(middle + 1))
    const values = query.get(key)
    if (values === undefined) query.set(key, [value])
    else values.push(value)
  }
  return query
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new Problem('BAD_REQUEST', 'The query is not valid percent-encoded UTF-8.')
  }
}
