import type { EventLog } from '../log.ts'
import type { SubscriptionDeps } from '../seams.ts'
import type { Timers } from './timers.ts'

export interface DelivererDeps extends SubscriptionDeps {
  readonly log: EventLog
  /** Hears what could not be read or written; it is tried again. */
  readonly onFailure?: (error: unknown) => void
  /** A name that no other process has. */
  readonly holder?: string
  readonly timers?: Timers
  readonly monotonic?: () => number
  /** 0 to 1. */
  readonly random?: () => number
}
