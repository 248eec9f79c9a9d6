import { EVENTS, type EventRow, eventRoutes } from '@orrery/base/contract'
import { invalid } from '@orrery/base/kernel'
import { type EventLog, logQueries, type Streams, typesOf } from '@orrery/domain/events'
import type { Database } from '@orrery/drivers/db'
import { bind, jsonAnswer } from '../kit/index.ts'
import { makeOpenStream } from './event-stream.ts'
import { readPlace, writePlace } from './log-place.ts'
import { wireEventFor } from './wire-event.ts'
import { readFilter } from './wire-subscription.ts'

/** What events are served from. */
export interface EventMeans {
  readonly db: Database
  readonly log: EventLog
  readonly streams: Streams
}

const LIMITS = { most: 1_000, default: 100 } as const

/** Events for whoever may see what they are about: a list, the catalogue, and a live stream. */
export function bindEvents({ db, log, streams }: EventMeans) {
  return bind(eventRoutes, {
    list: async (caller, { input }) => {
      const { subject, since, until, types, page_token } = input
      const query = {
        ...{ subject: subject || undefined, since, until },
        workspaceKey: caller.workspace.key,
        durable: log.durable,
        types: typesOf(types),
        limit: limitOf(input.limit),
        before: readPlace(page_token),
        readableTo: caller,
      }
      const { events, next } = await db.scan((reads) => logQueries.search(reads, query))
      return jsonAnswer({
        events: events.map((event) => wireEventFor(caller, event)),
        ...(next === undefined ? {} : { next_page_token: writePlace(next) }),
      })
    },
    catalogue: () => ({
      types: Object.entries<EventRow>(EVENTS).map(([type, { when, subject, audience, toCome }]) => ({
        ...{ type, when, subject, audience },
        to_come: toCome === true,
      })),
    }),
    stream: makeOpenStream(streams),
    replaceStreamWishes: async (caller, { stream, filters }) => {
      await streams.replaceWishes(caller, { stream, wishes: { filters: filters.map(readFilter) } })
      return {}
    },
  })
}

function limitOf(limit: number = LIMITS.default): number {
  if (limit >= 1 && limit <= LIMITS.most) return limit
  throw invalid(`'limit' must be 1 to ${LIMITS.most} (got ${limit}).`)
}
