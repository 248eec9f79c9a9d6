import { invalid, must } from '@orrery/base/kernel'
import { sql } from 'kysely'
import type { EventsTables } from '../events-tables.ts'
import type { SubscriptionDeps } from '../seams.ts'
import type { DeliveryState } from '../subscription.ts'
import type { Subscriptions } from '../subscriptions.ts'
import { findRow } from './about-subscription.ts'
import { checkLimit } from './check-subscription.ts'
import { readPageToken, writePageToken } from './page-token.ts'

const STATES: readonly DeliveryState[] = ['waiting', 'delivered', 'dead', 'replayed']

/** Lists deliveries, newest first; see `Subscriptions.deliveries`. */
export function makeListDeliveries({
  db,
  clock,
}: Pick<SubscriptionDeps, 'db' | 'clock'>): Subscriptions['deliveries'] {
  return async function listDeliveries(caller, { id, state, subject, limit, pageToken }) {
    must(caller, 'webhook.read')
    checkLimit(limit)
    if (state !== undefined && !STATES.includes(state)) {
      throw invalid(`'state' is '${String(state).slice(0, 100)}'; allowed are ${STATES.join(', ')}.`)
    }
    const name = JSON.stringify(['deliveries', id, state ?? '', subject ?? ''])
    const after = readPageToken(name, pageToken, 2)
    return db.scan(async (reads) => {
      const { subscription_key: key, status } = await findRow(reads, caller, id)
      let query = reads
        .tables<EventsTables>()
        .selectFrom('deliveries')
        .leftJoin('event_log', 'event_log.position', 'deliveries.position')
        .select([
          'deliveries.delivery_key as id',
          'deliveries.position',
          'event_log.event_id as eventId',
          'deliveries.type',
          'deliveries.subject',
          'deliveries.replay',
          'deliveries.state',
          'deliveries.attempts',
          'deliveries.next_at as nextAt',
          'deliveries.created_at as createdAt',
          'deliveries.last_at as lastAt',
          'deliveries.status',
          'deliveries.error',
          'deliveries.duration_ms as durationMs',
        ])
        .where('deliveries.subscription_key', '=', key)
        .orderBy('deliveries.position', 'desc')
        .orderBy('deliveries.replay', 'desc')
        .limit(limit + 1)
      // In the text of the question: an index that holds one state only is not found for a bound one.
      if (state !== undefined) query = query.where('deliveries.state', '=', sql.lit(state))
      if (subject !== undefined) query = query.where('deliveries.subject', '=', subject)
      if (after !== undefined) {
        const [position, replay] = after as [number, number]
        query = query.where((e) =>
          e.or([
            e('deliveries.position', '<', position),
            e.and([e('deliveries.position', '=', position), e('deliveries.replay', '<', replay)]),
          ]),
        )
      }
      const rows = await query.execute()
      const now = clock()
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        deliveries: page.map((row) => ({
          ...row,
          eventId: row.eventId ?? '',
          nextAt: status === 'active' ? later(row.nextAt, now) : null,
        })),
        ...(rows.length > limit && last !== undefined
          ? { nextPageToken: writePageToken(name, [last.position, last.replay]) }
          : {}),
      }
    })
  }
}

/** One whose time has come waits for a slot, or until its receiver has taken another one: nobody knows when that is. */
const later = (nextAt: number | null, now: number) => (nextAt !== null && nextAt > now ? nextAt : null)
