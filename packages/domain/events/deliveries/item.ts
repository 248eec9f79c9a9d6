import type { LoggedEvent } from '../log.ts'
import type { DeliveryState } from '../subscription.ts'

/** An event on its way to one receiver. */
export interface Item {
  readonly position: number
  /** 0 for the first sending. */
  readonly replay: number
  readonly type: string
  readonly subject: string
  /** Read again from the log when its turn comes, where it is not at hand. */
  event: LoggedEvent | undefined
  attempts: number
  /** Since when it could have been sent: its time to live counts from here. */
  readonly createdAt: number
  /** When it is tried next; 0: at once. */
  nextAt: number
  /** It stands in the table of deliveries, or will with the next write. */
  hasRow: boolean
  /** Nothing is left to do, or its row says what is: the position may pass it. */
  isSettled: boolean
  /** It is not sent together with others any more: a list with it was refused. */
  isAlone: boolean
}

/** What the table should say of an item. */
export interface Result {
  readonly item: Item
  readonly state: DeliveryState | 'skipped'
  readonly nextAt: number | null
  readonly lastAt: number | null
  /** Of HTTP. */
  readonly status: number | null
  readonly error: string
  readonly durationMs: number | null
}

/** What came of an attempt. */
export interface Outcome {
  readonly isDelivered: boolean
  /** There is no sense in trying again. */
  readonly isFinal: boolean
  readonly status: number | null
  /** A sentence; empty where it was delivered. */
  readonly error: string
  readonly durationMs: number
  readonly retryAfterMs?: number | undefined
}

export function freshItem(event: LoggedEvent, since: number): Item {
  return {
    position: event.position,
    replay: 0,
    type: event.type,
    subject: event.subject,
    event,
    attempts: 0,
    createdAt: Math.max(event.at, since),
    nextAt: 0,
    hasRow: false,
    isSettled: false,
    isAlone: false,
  }
}
