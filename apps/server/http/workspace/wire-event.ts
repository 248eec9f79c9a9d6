import type { LoggedEvent } from '@orrery/domain/events'

/** An event as lists and stories give it: `EventMessage` of the contract. */
export function wireEvent(event: LoggedEvent) {
  return {
    position: event.position,
    number: event.number,
    id: event.id,
    type: event.type,
    subject: event.subject,
    time: new Date(event.at).toISOString(),
    actor: event.actor,
    credential: event.credential ?? undefined,
    reason: event.reason ?? undefined,
    request_id: event.requestId,
    address: event.address,
    before: event.before,
    after: event.after,
    also: event.also,
    hash: event.hash,
  }
}
