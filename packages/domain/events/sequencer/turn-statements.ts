import { type BulkInsert, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { EventsTables } from '../events-tables.ts'

type Nothing = Record<string, never>

/**
 * Whose row it is, has the turn. What a transaction reads after it, it reads as of then (READ COMMITTED): so it sees
 * what the server that had the turn before it has left.
 */
export const takeTurn = statement('events.take-turn', (k: Kysely<EventsTables>, _: Nothing, words) =>
  words.lockRows(k.selectFrom('event_sequence').select('position').where('one', '=', 1)),
)

export const beginSequence = statement('events.begin-sequence', (k: Kysely<EventsTables>, _: Nothing) =>
  k
    .insertInto('event_sequence')
    .columns(['one', 'position'])
    .expression((from) =>
      from
        .selectFrom('event_log')
        .select([sql.lit(1).as('one'), sql<number>`coalesce(max(position), 0)`.as('position')])
        .where(sql<boolean>`true`),
    )
    .onConflict((clash) => clash.doNothing()),
)

export const leaveAt = statement('events.leave-turn', (k: Kysely<EventsTables>, p: { position: number }) =>
  k.updateTable('event_sequence').set({ position: p.position }).where('one', '=', 1),
)

/**
 * One statement, so one snapshot: of two events of one subject it never shows the later one alone. The rows come in the
 * shape that they have in the log, to be filled in: copying them would cost 1 µs each.
 */
export const waitingEvents = statement('events.waiting', (k: Kysely<EventsTables>, p: { limit: number }) =>
  k
    .selectFrom('outbox')
    .selectAll()
    .select([sql<number>`0`.as('position'), sql<number>`0`.as('number'), sql<string>`''`.as('hash')])
    .orderBy('seq')
    .limit(p.limit),
)

/** Where nobody else writes, nothing with a lower `seq` can appear any more. */
export const dropThrough = statement('events.drop-through', (k: Kysely<EventsTables>, p: { seq: number }) =>
  k.deleteFrom('outbox').where('seq', '<=', p.seq),
)

export const dropThese = statement(
  'events.drop-these',
  (k: Kysely<EventsTables>, p: { seqs: readonly number[] }, words) =>
    k.deleteFrom('outbox').where(words.among(sql.ref('seq'), p.seqs)),
)

export const headsOf = statement(
  'events.heads-of',
  (k: Kysely<EventsTables>, p: { workspaces: readonly number[] }, words) =>
    k
      .selectFrom('event_heads')
      .select(['workspace_key', 'number', 'hash'])
      .where(words.among(sql.ref('workspace_key'), p.workspaces)),
)

interface NewHead {
  workspace: number
  number: number
  position: number
  hash: string
  /** What stands before the first event. */
  first: string
}

export const moveHead = statement('events.move-head', (k: Kysely<EventsTables>, p: NewHead) =>
  k
    .insertInto('event_heads')
    .values({
      workspace_key: p.workspace,
      number: p.number,
      position: p.position,
      hash: p.hash,
      floor_number: 0,
      floor_position: 0,
      floor_hash: p.first,
      floor_at: null,
    })
    .onConflict((clash) =>
      clash.column('workspace_key').doUpdateSet({ number: p.number, position: p.position, hash: p.hash }),
    ),
)

/** In the order of `valuesOf`. */
export const newLogRows: BulkInsert = {
  table: 'event_log',
  columns: {
    position: 'int',
    number: 'int',
    event_id: 'text',
    workspace_key: 'int',
    type: 'text',
    subject: 'text',
    audience: 'text',
    on_key: 'int',
    also: 'text',
    actor: 'text',
    credential: 'text',
    reason: 'text',
    request_id: 'text',
    address: 'text',
    at: 'int',
    before: 'text',
    after: 'text',
    hash: 'text',
  },
  key: ['position'],
  onClash: 'fail',
}

export const newMentions: BulkInsert = {
  table: 'event_mentions',
  columns: { workspace_key: 'int', subject: 'text', position: 'int' },
  key: ['workspace_key', 'subject', 'position'],
  onClash: 'ignore',
}
