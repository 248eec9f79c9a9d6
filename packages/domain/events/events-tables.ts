import type { Generated } from 'kysely'
import type { DeliveryState, Shape, SubscriptionStatus } from './subscription.ts'

/** What outbox and log have in common. `before`, `after` and `also` are JSON. */
interface EventRow {
  event_id: string
  workspace_key: number
  type: string
  subject: string
  /** Who may see it: `experiment` or `model`, decided on `on_key`, or a permission in the whole workspace. */
  audience: string
  on_key: number | null
  actor: string
  credential: string | null
  reason: string | null
  request_id: string
  address: string
  at: number
  before: string | null
  after: string | null
}

/** The rows of this module's tables; `migrations/` says what the columns mean. */
export interface EventsTables {
  outbox: EventRow & { seq: Generated<number>; also: string | null }
  event_log: EventRow & {
    position: number
    /** Counts the events of the workspace, from 1, without gaps. */
    number: number
    also: string | null
    /** Lower-case hex; see `chain.ts`. */
    hash: string
  }
  /** One row. */
  event_sequence: { one: number; position: number }
  event_heads: {
    workspace_key: number
    number: number
    position: number
    hash: string
    /** The last event that retention took away; 0 and the first hash where it took none. */
    floor_number: number
    floor_position: number
    floor_hash: string
    /** When the floor was last raised; null: never. */
    floor_at: number | null
  }
  event_mentions: { workspace_key: number; subject: string; position: number }
  subscriptions: {
    subscription_key: Generated<number>
    subscription_id: string
    workspace_key: number
    name: string
    description: string | null
    shape: Shape
    /** Where to: a URL, or for `email` a JSON list of addresses. */
    target: string
    /** Sealed; see `Seal`. */
    secret: string | null
    /** A `SubscriptionFilter` as JSON. */
    filter: string
    status: SubscriptionStatus
    /** Why it was stopped, for people. */
    status_reason: string | null
    max_attempts: number
    ttl_ms: number
    /** Of whoever made it or changed it last: what they may not see is not sent. Null: the server has no accounts. */
    owner_key: number | null
    created_by: string
    created_at: number
    updated_at: number
    /** Every event up to here is delivered or has a row of its own. */
    position: number
  }
  deliveries: {
    delivery_key: Generated<number>
    subscription_key: number
    position: number
    /** 0 for the first sending, then counts replays. */
    replay: number
    type: string
    subject: string
    state: DeliveryState
    attempts: number
    /** When it is tried next; null while an earlier event of the same subject is. */
    next_at: number | null
    created_at: number
    last_at: number | null
    /** HTTP status of the last attempt. */
    status: number | null
    /** What went wrong in the last attempt, or `''`. */
    error: string
    /** Of the last attempt, in ms. */
    duration_ms: number | null
  }
  event_leases: { name: string; holder: string; beat: number }
}
