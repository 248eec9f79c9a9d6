import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { EventsTables } from '../events-tables.ts'
import type { LogRow } from './logged-row.ts'

const after = statement(
  'events.log-after',
  (k: Kysely<EventsTables>, p: { position: number; upTo: number; limit: number }) =>
    k
      .selectFrom('event_log')
      .selectAll()
      .where('position', '>', p.position)
      .where('position', '<=', p.upTo)
      .orderBy('position')
      .limit(p.limit),
)

/** Rows behind one position up to another, oldest first. */
export function readAfter(reads: Reads, position: number, upTo: number, limit: number): Promise<LogRow[]> {
  return reads.all(after, { position, upTo, limit })
}

const last = statement('events.log-position', (k: Kysely<EventsTables>, _: Record<string, never>) =>
  k.selectFrom('event_sequence').select('position').where('one', '=', 1),
)

/** The last position that was given. On PostgreSQL what is seen is durable too. */
export async function readLast(reads: Reads): Promise<number> {
  return (await reads.first(last, {}))?.position ?? 0
}
