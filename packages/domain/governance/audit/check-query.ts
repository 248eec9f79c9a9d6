import { createHash } from 'node:crypto'
import { invalid } from '@orrery/base/kernel'
import { type LogQuery, typesOf } from '../../events/index.ts'
import type { AuditQuery } from '../audit.ts'

type Asked = Pick<LogQuery, 'subject' | 'actor' | 'types' | 'requestId' | 'since' | 'until'>

const LONGEST = { subject: 5_000, actor: 500, request_id: 128 } as const

/** A question to the log. @throws INVALID_PARAMETER_VALUE for a field that nothing could meet */
export function checkQuery({ subject, actor, types, requestId, since, until }: AuditQuery): Asked {
  const texts = { subject, actor, request_id: requestId }
  for (const [field, text] of Object.entries(texts)) {
    const longest = LONGEST[field as keyof typeof LONGEST]
    if (text !== undefined && text.length > longest) {
      throw invalid(`'${field}' has ${text.length} characters; at most ${longest} are allowed.`)
    }
    if (text?.includes('\0')) throw invalid(`'${field}' holds a NUL.`)
  }
  if (since !== undefined && until !== undefined && since > until) {
    throw invalid(`'since' (${since}) is after 'until' (${until}).`)
  }
  return {
    subject: subject === '' ? undefined : subject,
    actor: actor === '' ? undefined : actor,
    requestId: requestId === '' ? undefined : requestId,
    types: typesOf(types),
    since,
    until,
  }
}

export function checkLimit(limit: number | undefined, byDefault: number, most: number): number {
  if (limit === undefined) return byDefault
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= most) return limit
  throw invalid(`'limit' is ${limit}; 1 to ${most.toLocaleString('en-US')} are allowed.`)
}

/** A short name for a question: a token of one is no token of another. */
export function questionName(...of: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(of)).digest('base64url').slice(0, 16)
}

export function writePlace(question: string, place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([question, ...place])).toString('base64url')
}

/** Tokens are not signed: a made-up one may skip to any place of its own question, and sees no more there. */
export function readPlace(token: string | undefined, question: string): readonly unknown[] | undefined {
  if (token === undefined || token === '') return undefined
  let read: unknown
  try {
    read = JSON.parse(Buffer.from(token, 'base64url').toString())
  } catch {
    throw madeUp()
  }
  if (!Array.isArray(read) || read.length > 4) throw madeUp()
  const [of, ...place] = read
  if (of === question) return place
  throw invalid(
    "Invalid 'page_token': it belongs to another question.",
    'Repeat the fields of the call that gave it, or start again without a token.',
  )
}

export function madeUp() {
  return invalid("Invalid 'page_token': it is not one that this server gave.", 'Start again without a token.')
}
