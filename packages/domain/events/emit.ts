import { audienceOf } from '@orrery/base/contract'
import type { Caller, Clock, IdSource } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import { actorOf, credentialOf, type Event } from './event.ts'
import type { EventsTables } from './events-tables.ts'

type NewRow = Omit<EventsTables['outbox'], 'seq'>

const insertEvent = statement('events.insert', (k: Kysely<EventsTables>, p: NewRow) =>
  k.insertInto('outbox').values({
    event_id: p.event_id,
    workspace_key: p.workspace_key,
    type: p.type,
    subject: p.subject,
    audience: p.audience,
    on_key: p.on_key,
    also: p.also,
    actor: p.actor,
    credential: p.credential,
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

/** @param deps.wake called after each COMMIT that emitted; left out: nobody moves events on into the log */
export function makeEmit({ clock, ids, wake }: { clock: Clock; ids: IdSource; wake?: () => void }): Emit {
  return async function emit(tx, caller, event) {
    await tx.run(insertEvent, {
      event_id: ids.hex32(),
      workspace_key: caller.workspace.key,
      type: event.type,
      subject: event.subject,
      audience: audienceOf(event.type),
      on_key: event.on ?? null,
      also: event.also === undefined ? null : JSON.stringify(event.also),
      actor: actorOf(caller),
      credential: credentialOf(caller),
      reason: caller.reason ?? null,
      request_id: caller.requestId,
      address: caller.address,
      at: clock(),
      before: event.before === undefined ? null : JSON.stringify(event.before),
      after: event.after === undefined ? null : JSON.stringify(event.after),
    })
    if (wake !== undefined) tx.afterCommit(wake)
  }
}
