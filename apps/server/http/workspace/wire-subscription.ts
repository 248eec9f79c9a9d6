import type { fields, subscriptionRoutes } from '@orrery/base/contract'
import type { Delivery, Subscription, SubscriptionFilter } from '@orrery/domain/events'
import type { Given } from '../kit/index.ts'

type WireSubscription = Given<fields.Static<typeof subscriptionRoutes.get.gives>>['subscription']
type WireFilter = WireSubscription['filter']
type WireDelivery = Given<fields.Static<typeof subscriptionRoutes.listDeliveries.gives>>['deliveries'][number]

export function wireSubscription(it: Subscription): WireSubscription {
  return {
    id: it.id,
    name: it.name,
    description: it.description ?? undefined,
    shape: it.shape,
    ...(typeof it.target === 'string' ? { url: it.target } : { addresses: it.target }),
    has_secret: it.hasSecret,
    filter: wireFilter(it.filter),
    status: it.status,
    status_reason: it.statusReason ?? undefined,
    max_attempts: it.maxAttempts,
    ttl_ms: it.ttlMs,
    created_by: it.createdBy,
    creation_timestamp: it.createdAt,
    last_updated_timestamp: it.updatedAt,
    last_delivered_timestamp: it.lastDeliveredAt ?? undefined,
    waiting: it.waiting,
    dead: it.dead,
  }
}

function wireFilter({ types, subjectBegins, subjectEnds, attributes }: SubscriptionFilter): WireFilter {
  return { types, subject_begins: subjectBegins, subject_ends: subjectEnds, attributes }
}

/** A filter as it came, without the fields that did not come: what is stored says only what was said. */
export function readFilter({
  types,
  subject_begins,
  subject_ends,
  attributes,
}: WireFilter): SubscriptionFilter {
  return {
    ...(types === undefined ? {} : { types }),
    ...(subject_begins === undefined ? {} : { subjectBegins: subject_begins }),
    ...(subject_ends === undefined ? {} : { subjectEnds: subject_ends }),
    ...(attributes === undefined ? {} : { attributes }),
  }
}

export function wireDelivery(it: Delivery): WireDelivery {
  return {
    id: it.id,
    position: it.position,
    event_id: it.eventId,
    type: it.type,
    subject: it.subject,
    replay: it.replay,
    state: it.state,
    attempts: it.attempts,
    next_timestamp: it.nextAt ?? undefined,
    creation_timestamp: it.createdAt,
    last_timestamp: it.lastAt ?? undefined,
    status: it.status ?? undefined,
    error: it.error || undefined,
    duration_ms: it.durationMs ?? undefined,
  }
}
