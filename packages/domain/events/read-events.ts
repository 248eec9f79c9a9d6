import type { EventType } from '@orrery/base/contract'
import type { Reads } from '@orrery/drivers/db'
import type { StoredEvent } from './event.ts'
import type { EventsTables } from './events-tables.ts'

const COLUMNS = [
  'event_id',
  'workspace_key',
  'type',
  'subject',
  'on_key',
  'also',
  'actor',
  'reason',
  'request_id',
  'address',
  'at',
  'before',
  'after',
] as const

/**
 * What was emitted, oldest first: the log, then what has not come there yet. For tests, which look at what a verb has
 * told; readers follow `EventLog`.
 */
export async function readEvents(reads: Reads, afterSeq: number, limit: number): Promise<StoredEvent[]> {
  const tables = reads.tables<EventsTables>()
  const logged = await tables.selectFrom('event_log').select(COLUMNS).orderBy('position').execute()
  const waiting = await tables.selectFrom('outbox').select(COLUMNS).orderBy('seq').execute()
  return [...logged, ...waiting].slice(afterSeq, afterSeq + limit).map((row, at) => ({
    seq: afterSeq + at + 1,
    id: row.event_id,
    workspaceKey: row.workspace_key,
    type: row.type as EventType,
    subject: row.subject,
    ...(row.on_key === null ? {} : { on: row.on_key }),
    ...(row.also === null ? {} : { also: JSON.parse(row.also) }),
    actor: row.actor,
    reason: row.reason,
    requestId: row.request_id,
    address: row.address,
    at: row.at,
    ...(row.before === null ? {} : { before: JSON.parse(row.before) }),
    ...(row.after === null ? {} : { after: JSON.parse(row.after) }),
  }))
}
