import { createHmac } from 'node:crypto'
import type { LoggedEvent } from '../log.ts'
import type { EventOrigin } from './cloud-event.ts'

/** What goes where, and as which attempt. */
export interface Sending {
  readonly event: LoggedEvent
  readonly origin: EventOrigin
  readonly subscriptionId: string
  readonly subscriptionName: string
  /** Signs what is sent; undefined: it is not signed. */
  readonly secret: string | undefined
  /** From 1. */
  readonly attempt: number
  /** 0 for the first sending. */
  readonly replay: number
  readonly isTest: boolean
  /** Of this attempt, in ms since the epoch. */
  readonly now: number
}

/** A request, ready to go. Names of headers are in lower case. */
export interface Post {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/**
 * Puts the headers of Standard Webhooks around a body. `webhook-id` is the same at every attempt, so that a receiver
 * knows what it has had; the signature is over `<id>.<timestamp>.<body>`.
 */
export function signedPost(
  {
    event,
    subscriptionId,
    secret,
    attempt,
    replay,
    isTest,
    now,
  }: Omit<Sending, 'origin' | 'subscriptionName'>,
  text: string,
  headers: Readonly<Record<string, string>>,
): Post {
  const body = Buffer.from(text)
  const id = `${event.id}.${subscriptionId}`
  const timestamp = String(Math.floor(now / 1000))
  return {
    body,
    headers: {
      ...headers,
      'user-agent': 'Orrery',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      ...(secret === undefined ? {} : { 'webhook-signature': signature(secret, id, timestamp, body) }),
      'x-orrery-attempt': String(attempt),
      ...(replay === 0 ? {} : { 'x-orrery-replay': String(replay) }),
      ...(isTest ? { 'x-orrery-test': 'true' } : {}),
    },
  }
}

/** As Standard Webhooks has it: `v1,` and HMAC-SHA256 in base64. */
export function signature(secret: string, id: string, timestamp: string, body: Uint8Array): string {
  const hmac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body)
  return `v1,${hmac.digest('base64')}`
}

/** `whsec_` and base64 are the bytes of a key, as the libraries of Standard Webhooks take it; anything else is text. */
function keyOf(secret: string): Buffer {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1]
  return base64 === undefined ? Buffer.from(secret) : Buffer.from(base64, 'base64')
}
