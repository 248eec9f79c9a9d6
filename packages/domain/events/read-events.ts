import type { Reads } from '@orrery/drivers/db'
import type { StoredEvent } from './event.ts'
import type { EventsTables } from './events-tables.ts'

/** The committed events after a cursor, oldest first. @param limit at most so many */
export async function readEvents(reads: Reads, afterSeq: number, limit: number): Promise<StoredEvent[]> {
  const rows = await reads
    .tables<EventsTables>()
    .selectFrom('outbox')
    .selectAll()
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    seq: row.seq,
    id: row.event_id,
    workspaceKey: row.workspace_key,
    type: row.type,
    subject: row.subject,
    actor: row.actor,
    reason: row.reason,
    requestId: row.request_id,
    address: row.address,
    at: row.at,
    ...(row.before === null ? {} : { before: JSON.parse(row.before) }),
    ...(row.after === null ? {} : { after: JSON.parse(row.after) }),
  }))
}
