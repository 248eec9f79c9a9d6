import { createHash } from 'node:crypto'
import { MAX_CLAUSES } from '@orrery/base/filter'
import { invalid, type Problem } from '@orrery/base/kernel'

/** Where the next page begins: opaque to callers, and good for the search it came from only. */
export interface Place {
  /** Which way of asking the first page chose, since a later one may choose otherwise; a search gives it meaning. */
  readonly plan: number
  /** Which of the plan's parts; 0 where there is one. */
  readonly part: number
  /** Rows of that part to skip. */
  readonly skip: number
  /** Sort values of the last row given, where the part can continue behind them instead of skipping. */
  readonly after?: readonly (string | number)[]
}

/** A short name for a search: whatever decides which rows come and in which order goes in. */
export function searchName(...of: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(of)).digest('base64url').slice(0, 16)
}

export function writeToken(search: string, place: Place): string {
  const { plan, part, skip, after } = place
  return Buffer.from(JSON.stringify([search, plan, part, skip, ...(after ?? [])])).toString('base64url')
}

/**
 * @throws INVALID_PARAMETER_VALUE for what is no token, and for a token of another search: its rows would be
 * neither the next ones nor anything the caller could make sense of
 */
export function readToken(token: string | undefined, search: string): Place | undefined {
  if (token === undefined || token === '') return undefined
  const [of, plan, part, skip, ...after] = decode(token)
  if (of !== search) {
    throw invalid(
      'Invalid page_token: it belongs to another search.',
      'Repeat the filter, order and experiments of the call that gave it, or start again without a token.',
    )
  }
  const place = { plan: plan as number, part: part as number, skip: skip as number }
  return after.length > 0 ? { ...place, after } : place
}

function decode(token: string): (string | number)[] {
  try {
    const read: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (isPlace(read)) return read
  } catch {
    // Falls through to the refusal.
  }
  throw madeUp()
}

export function madeUp(): Problem {
  return invalid('Invalid page_token: it is not one that this server gave.', 'Start again without a token.')
}

/** Four values and one for each of up to 50 orders and what follows them. */
const MAX_LENGTH = 60
const MAX_PARTS = 3
const MAX_SKIP = 1e12

/** Tokens are not signed: a made-up one may skip to any row of its own search, but no value of it is trusted. */
function isPlace(read: unknown): read is (string | number)[] {
  if (!Array.isArray(read) || read.length < 4 || read.length > MAX_LENGTH) return false
  const [search, plan, part, skip, ...after] = read
  return (
    typeof search === 'string' &&
    isBelow(plan, MAX_CLAUSES + 1) &&
    isBelow(part, MAX_PARTS) &&
    isBelow(skip, MAX_SKIP) &&
    after.every((value) => Number.isFinite(value) || (typeof value === 'string' && !value.includes('\0')))
  )
}

const isBelow = (value: unknown, limit: number) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < limit
