import type { Caller, Clock, IdSource } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import { actorOf, type Event } from './event.ts'
import type { EventsTables } from './events-tables.ts'

type NewRow = Omit<EventsTables['outbox'], 'seq'>

const insertEvent = statement('events.insert', (k: Kysely<EventsTables>, p: NewRow) =>
  k.insertInto('outbox').values({
    event_id: p.event_id,
    workspace_key: p.workspace_key,
    type: p.type,
    subject: p.subject,
    actor: p.actor,
    reason: p.reason,
    request_id: p.request_id,
    address: p.address,
    at: p.at,
    before: p.before,
    after: p.after,
  }),
)

/** Writes an event into the outbox, in the transaction of the change that it tells of. */
export type Emit = (tx: Tx, caller: Caller, event: Event) => Promise<void>

export function makeEmit({ clock, ids }: { clock: Clock; ids: IdSource }): Emit {
  return async function emit(tx, caller, event) {
    await tx.run(insertEvent, {
      event_id: ids.hex32(),
      workspace_key: caller.workspace.key,
      type: event.type,
      subject: event.subject,
      actor: actorOf(caller),
      reason: caller.reason ?? null,
      request_id: caller.requestId,
      address: caller.address,
      at: clock(),
      before: event.before === undefined ? null : JSON.stringify(event.before),
      after: event.after === undefined ? null : JSON.stringify(event.after),
    })
  }
}
