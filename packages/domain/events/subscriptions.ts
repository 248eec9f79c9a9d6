import type { Caller } from '@orrery/base/kernel'
import type {
  Delivery,
  DeliveryState,
  Shape,
  Subscription,
  SubscriptionFilter,
  TestResult,
} from './subscription.ts'

export interface SubscriptionInput {
  readonly name: string
  readonly description?: string | undefined
  readonly shape: Shape
  /** A URL, or e-mail addresses where the shape is `email`. */
  readonly target: string | readonly string[]
  /** 16 to 256 characters; signs what is sent. Not for `email`, `slack`, `teams`. */
  readonly secret?: string | undefined
  readonly filter?: SubscriptionFilter | undefined
  readonly status?: 'active' | 'disabled' | undefined
  /** @default 30 */
  readonly maxAttempts?: number | undefined
  /** @default 24 h */
  readonly ttlMs?: number | undefined
  /** Begins behind this event instead of now, if the log still has it. */
  readonly fromPosition?: number | undefined
}

/*
 * Verbs of subscriptions. Reading needs `webhook.read`, everything else `webhook.write`. Each change is told by an event
 * (`subscription.…`, without the secret), and makes the caller the owner: what the owner may not see is not sent.
 *
 * Where nothing else is said a verb throws RESOURCE_DOES_NOT_EXIST "Webhook with ID <id> not found." and
 * INVALID_PARAMETER_VALUE for what `SUBSCRIPTION_LIMITS`, the catalogue or `Egress.checkUrl` refuse.
 */
export interface Subscriptions {
  /**
   * New events are sent from the transaction on. With a shape of Event Grid the receiver must answer the validation
   * event with its code within the call; all others need no handshake.
   *
   * @throws INVALID_STATE for `email` where no SMTP server is named, and for a receiver that does not validate
   * @throws QUOTA_EXCEEDED beyond `SUBSCRIPTION_LIMITS.perWorkspace`
   */
  create(caller: Caller, input: SubscriptionInput): Promise<Subscription>

  get(caller: Caller, input: { readonly id: string }): Promise<Subscription>

  /** Newest first. @param input.shape of one shape only; MLflow's face asks for `mlflow` */
  list(
    caller: Caller,
    input: {
      readonly shape?: Shape | undefined
      readonly limit: number
      readonly pageToken?: string | undefined
    },
  ): Promise<{ readonly subscriptions: readonly Subscription[]; readonly nextPageToken?: string }>

  /** What is left out stays. `description` and `secret` go with an empty text. `active` begins where it stopped. */
  update(
    caller: Caller,
    input: { readonly id: string } & Partial<Omit<SubscriptionInput, 'shape' | 'fromPosition'>>,
  ): Promise<Subscription>

  /** Takes it away with its deliveries; what is under way is broken off. */
  delete(caller: Caller, input: { readonly id: string }): Promise<void>

  /**
   * Sends an example of a type to the receiver, marked as a test, and tells what came of it. Not retried, not counted.
   *
   * @param input.type the first of its filter if left out
   */
  test(
    caller: Caller,
    input: { readonly id: string; readonly type?: string | undefined },
  ): Promise<TestResult>

  /** Newest first. */
  deliveries(
    caller: Caller,
    input: {
      readonly id: string
      readonly state?: DeliveryState | undefined
      readonly subject?: string | undefined
      readonly limit: number
      readonly pageToken?: string | undefined
    },
  ): Promise<{ readonly deliveries: readonly Delivery[]; readonly nextPageToken?: string }>

  /**
   * Sends again: named deliveries (dead or delivered), all dead ones, or every event of a range that the filter lets
   * through. Each becomes a new delivery with the next `replay`, in order of position per subject, among the new ones.
   * At most 10,000 in a call.
   *
   * @returns how many
   */
  replay(
    caller: Caller,
    input: {
      readonly id: string
      readonly deliveries?: readonly number[] | undefined
      readonly dead?: true | undefined
      readonly fromPosition?: number | undefined
      readonly toPosition?: number | undefined
    },
  ): Promise<{ readonly queued: number }>
}

/** Sends what is due. One server per database at a time does it (`event_leases`). */
export interface Deliverer {
  /** There are new events, or a subscription has changed. Returns at once. */
  wake(): void
  stop(): Promise<void>
}
