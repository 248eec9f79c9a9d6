import { audienceOf } from '@orrery/base/contract'
import { type Caller, type Clock, type IdSource, invalid } from '@orrery/base/kernel'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import { actorOf, credentialOf, type Event } from './event.ts'
import type { EventsTables } from './events-tables.ts'
import type { LogRow } from './log/logged-row.ts'
import type { Sequencer } from './log.ts'

const insertEvent = statement('events.insert', (k: Kysely<EventsTables>, p: LogRow) =>
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

/** Writes an event in the transaction of the change that it tells of: into the outbox, or at once into the log. */
export type Emit = (tx: Tx, caller: Caller, event: Event) => Promise<void>

/** @param means.sequencer left out: events stay in the outbox until a sequencer is started */
export function makeEmit({
  clock,
  ids,
  sequencer,
}: {
  clock: Clock
  ids: IdSource
  sequencer?: Pick<Sequencer, 'wake' | 'take'>
}): Emit {
  return async function emit(tx, caller, event) {
    // In the order of the columns, with the places that the log fills in: copying it there would cost 1 µs.
    const row: LogRow = {
      position: 0,
      number: 0,
      event_id: ids.hex32(),
      workspace_key: caller.workspace.key,
      type: event.type,
      subject: storable(event.subject),
      audience: audienceOf(event.type),
      on_key: event.on ?? null,
      actor: storable(actorOf(caller)),
      credential: credentialOf(caller),
      reason: caller.reason === undefined ? null : storable(caller.reason),
      request_id: storable(caller.requestId),
      address: storable(caller.address),
      at: clock(),
      also: event.also === undefined ? null : JSON.stringify(event.also.map(storable)),
      before: event.before === undefined ? null : JSON.stringify(event.before),
      after: event.after === undefined ? null : JSON.stringify(event.after),
      hash: '',
    }
    if (sequencer?.take(tx, row)) return
    await tx.run(insertEvent, row)
    if (sequencer !== undefined) tx.afterCommit(sequencer.wake)
  }
}

/**
 * As the text is read back from the store, because its hash is made before it is there. What JSON.stringify gives needs
 * no look: it writes all of this as escapes. Other subjects do: each is also kept as it is, in a table of its own.
 */
function storable(text: string): string {
  if (text.includes('\0')) throw invalid('Text must not contain the character NUL (U+0000).')
  return text.isWellFormed() ? text : text.toWellFormed()
}
