import { accessEvents, workspaceEvents } from './access-events.ts'
import type { Audience, EventRow } from './event-row.ts'
import {
  approvalEvents,
  auditEvents,
  eventsToCome,
  policyEvents,
  subscriptionEvents,
} from './governance-events.ts'
import { registryEvents } from './registry-events.ts'
import { trackingEvents } from './tracking-events.ts'

/** Every type of event, once. Names are never changed once released: subscriptions and exports keep them. */
export const EVENTS = {
  ...trackingEvents,
  ...registryEvents,
  ...workspaceEvents,
  ...accessEvents,
  ...subscriptionEvents,
  ...approvalEvents,
  ...policyEvents,
  ...auditEvents,
  ...eventsToCome,
} as const satisfies Record<string, EventRow>

export type EventType = keyof typeof EVENTS

export const EVENT_TYPES = Object.keys(EVENTS) as readonly EventType[]

/** Who may see events of a type; of one that the catalogue does not know, readers of the audit log. */
export function audienceOf(type: string): Audience {
  return (EVENTS as Readonly<Record<string, EventRow | undefined>>)[type]?.audience ?? 'audit.read'
}
