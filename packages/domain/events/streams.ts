import type { Caller } from '@orrery/base/kernel'
import type { SubscriptionFilter } from './subscription.ts'

/** What one browser wants to hear: any of these. */
export interface StreamWishes {
  /** At most 100. */
  readonly filters: readonly SubscriptionFilter[]
}

/** Server-sent events, written by the binding as they stand here. */
export type StreamFrame =
  /** First of all. `id` is the stream's, for changing its wishes. */
  | { readonly kind: 'hello'; readonly stream: string; readonly position: number }
  /** An event that the caller may see and wishes for: a CloudEvent as JSON. Its position is the frame's id. */
  | { readonly kind: 'event'; readonly position: number; readonly type: string; readonly json: string }
  /** Nothing for so long that the client should move its Last-Event-ID on. */
  | { readonly kind: 'position'; readonly position: number }
  /** Other wishes hold behind this position. */
  | { readonly kind: 'wishes'; readonly position: number }
  /** What was asked for is no longer in the log: read the state anew, then go on from here. */
  | { readonly kind: 'gone'; readonly position: number }

/** `slow`: the client does not take what is sent. `refused`: the caller is no longer welcome. */
export type StreamEnd = 'slow' | 'refused' | 'stopped' | 'failed'

/** Where a stream's frames go. */
export interface StreamOutlet {
  /** All of them at once. Never throws and waits for nothing. */
  send(frames: readonly StreamFrame[]): void
  /** Bytes that were sent and not taken. */
  waiting(): number
  /** Nothing more comes. Called once, and not after `signal` has aborted. */
  end(because: StreamEnd): void
}

export interface Streams {
  /**
   * Follows the log. Resolves when `hello` is sent; the rest comes as it happens, until `signal` aborts.
   *
   * @param input.after position of the last event that the client has; left out: from now on
   * @param input.callerNow asked every 30 s and whenever rights change: the caller as they are now; undefined or a
   *   rejection ends the stream
   * @throws REQUEST_LIMIT_EXCEEDED beyond `STREAM_LIMITS`
   * @throws INVALID_PARAMETER_VALUE for wishes that are no filters
   */
  open(
    caller: Caller,
    input: {
      readonly after?: number | undefined
      readonly wishes: StreamWishes
      readonly callerNow: () => Promise<Caller | undefined>
      readonly signal: AbortSignal
      readonly outlet: StreamOutlet
    },
  ): Promise<void>

  /**
   * Replaces the wishes of a stream of the same account, on whichever server it is. The stream tells when they hold.
   *
   * @throws RESOURCE_DOES_NOT_EXIST where this is the only server and has no such stream of this account
   */
  replaceWishes(
    caller: Caller,
    input: { readonly stream: string; readonly wishes: StreamWishes },
  ): Promise<void>
}

export const STREAM_LIMITS = {
  /** Where there are no accounts, everybody is one, and only `perServer` holds. */
  perAccount: 16,
  perServer: 1_000,
  filters: 100,
  /** Of the wishes as JSON, in UTF-8. */
  wishesBytes: 16 * 1024,
  /** Bytes that wait for a slow client before its stream is ended. */
  waitingBytes: 1024 * 1024,
  heartbeatMs: 15_000,
  recheckMs: 30_000,
  /** How far back `after` may lie, in events; beyond it `gone`. */
  behind: 10_000,
} as const
