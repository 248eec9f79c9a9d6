/** How an event is told. `docs/events.md` shows each. */
export const SHAPES = [
  /** CloudEvents 1.0, structured: one JSON object. */
  'cloudevents',
  /** CloudEvents 1.0, binary: attributes as `ce-` headers, the data as body. */
  'cloudevents-binary',
  /** CloudEvents 1.0, up to `SUBSCRIPTION_LIMITS.batch` events of one subscription in a JSON list. */
  'cloudevents-batch',
  /** Azure Event Grid's older envelope, a list of one, with its names of types; types without one keep ours. */
  'event-grid',
  'slack',
  'teams',
  'email',
  /** MLflow's webhooks, with its payloads, headers and signature. */
  'mlflow',
] as const

export type Shape = (typeof SHAPES)[number]

/** `stopped`: by the server, because its owner was disabled or may no longer write webhooks. */
export type SubscriptionStatus = 'active' | 'disabled' | 'stopped'

/** `waiting`: will be tried, or waits for an earlier event of its subject. `dead`: given up. `replayed`: sent anew as another row. */
export type DeliveryState = 'waiting' | 'delivered' | 'dead' | 'replayed'

export const OPERATORS = [
  'equals',
  'not-equals',
  'in',
  'not-in',
  'begins-with',
  'ends-with',
  'contains',
  'less',
  'at-most',
  'greater',
  'at-least',
] as const

/**
 * A condition on a field. Texts are compared ignoring the case of A–Z, as Event Grid does. A field that is not there
 * meets `not-equals` and `not-in` only.
 */
export interface AttributeCondition {
  /** `actor`, `reason`, `before.<name>`, `after.<name>`, deeper with dots; a name with dots is tried whole first. */
  readonly field: string
  readonly operator: (typeof OPERATORS)[number]
  /** As text; numbers for the last four. One for all operators but `in` and `not-in`, then up to 25. */
  readonly values: readonly string[]
}

/** All of it must be met. Empty: every event that the owner may see. */
export interface SubscriptionFilter {
  /** Types of the catalogue, or `noun.*`; left out: all. */
  readonly types?: readonly string[]
  readonly subjectBegins?: string
  readonly subjectEnds?: string
  readonly attributes?: readonly AttributeCondition[]
}

export interface Subscription {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly shape: Shape
  /** A URL, or e-mail addresses. Of Slack and Teams the path is a secret: shown cut, after the host. */
  readonly target: string | readonly string[]
  /** Whether there is one; it is never shown. */
  readonly hasSecret: boolean
  readonly filter: SubscriptionFilter
  readonly status: SubscriptionStatus
  readonly statusReason: string | null
  readonly maxAttempts: number
  readonly ttlMs: number
  readonly createdBy: string
  readonly createdAt: number
  readonly updatedAt: number
  /** Events that are due and not delivered, `dead` not counted. */
  readonly waiting: number
  readonly dead: number
  /** Last delivery that was taken, ms. */
  readonly lastDeliveredAt: number | null
}

export interface Delivery {
  readonly id: number
  readonly position: number
  readonly eventId: string
  readonly type: string
  readonly subject: string
  readonly replay: number
  readonly state: DeliveryState
  readonly attempts: number
  /** When it is tried next, in the future; null where it waits for something else than a time. */
  readonly nextAt: number | null
  readonly createdAt: number
  readonly lastAt: number | null
  readonly status: number | null
  readonly error: string
  readonly durationMs: number | null
}

export interface TestResult {
  readonly success: boolean
  readonly status: number | null
  /** Of the receiver, cut to 1,000 characters and made harmless; empty for receivers whose answers are of no use. */
  readonly body: string
  readonly error: string | null
  readonly durationMs: number
}

export const SUBSCRIPTION_LIMITS = {
  perWorkspace: 1_000,
  name: 63,
  description: 1_000,
  target: 2_048,
  addresses: 20,
  secret: 256,
  types: 200,
  attributes: 25,
  values: 25,
  valueLength: 512,
  maxAttempts: 30,
  ttlMs: 86_400_000,
  batch: 100,
  /** Different subjects that are under way at once, per subscription and in all. */
  underWay: 8,
  underWayInAll: 128,
  /** Delivered rows are kept for so long, dead ones too. */
  keptMs: 7 * 86_400_000,
  /** Rows that may wait for one subscription; beyond them its reading of the log pauses. */
  waiting: 1_000,
} as const

/** Pauses between attempts, ms; the last one repeats. Each is lengthened by up to a tenth at random. */
export const PAUSES_MS = [
  10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000,
] as const
