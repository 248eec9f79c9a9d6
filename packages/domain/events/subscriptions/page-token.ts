import { invalid } from '@orrery/base/kernel'

/** Where a next page begins, opaque to callers. @param of what it is a page of: a token of something else is refused */
export function writePageToken(of: string, numbers: readonly number[]): string {
  return Buffer.from(JSON.stringify([of, ...numbers])).toString('base64url')
}

/** @throws INVALID_PARAMETER_VALUE */
export function readPageToken(of: string, token: string | undefined, count: number): number[] | undefined {
  if (token === undefined || token === '') return undefined
  const [name, ...numbers] = parsed(token)
  if (name === of && numbers.length === count && numbers.every(Number.isSafeInteger))
    return numbers as number[]
  throw invalid(
    "Invalid 'page_token': it is not one that this list gave.",
    'Give the same limit and filters as for the page before, or start again without a token.',
  )
}

function parsed(token: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
