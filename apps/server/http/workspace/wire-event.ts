import type { Caller } from '@orrery/base/kernel'
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

/** As `wireEvent`. From where and with what somebody came is for readers of the audit log. */
export function wireEventFor(caller: Caller, event: LoggedEvent): ReturnType<typeof wireEvent> {
  const wire = wireEvent(event)
  return caller.may('audit.read') ? wire : { ...wire, address: '', credential: undefined }
}
