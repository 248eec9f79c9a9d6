import { invalid } from '@orrery/base/kernel'
import type { LogPlace } from '@orrery/domain/events'

/** Where a page of the log ended, as a token. */
export function writePlace({ plan, at, position }: LogPlace): string {
  return Buffer.from(JSON.stringify([plan, at, position])).toString('base64url')
}

/** @throws INVALID_PARAMETER_VALUE for what no answer has given */
export function readPlace(token: string | undefined): LogPlace | undefined {
  if (token === undefined || token === '') return undefined
  const [plan, at, position] = parse(token)
  if ((plan === 'index' || plan === 'time') && Number.isSafeInteger(at) && Number.isSafeInteger(position)) {
    return { plan, at: at as number, position: position as number }
  }
  throw invalid(
    `'page_token' is none that this call has given: '${token.slice(0, 100)}'.`,
    "Take 'next_page_token' of the page before, with the other fields as they were, or leave it out.",
  )
}

function parse(token: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}
