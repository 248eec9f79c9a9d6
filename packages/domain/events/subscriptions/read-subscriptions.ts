import { must } from '@orrery/base/kernel'
import type { EventsTables } from '../events-tables.ts'
import type { SubscriptionDeps } from '../seams.ts'
import type { Subscriptions } from '../subscriptions.ts'
import { findRow, tellSubscriptions } from './about-subscription.ts'
import { checkLimit } from './check-subscription.ts'
import { readPageToken, writePageToken } from './page-token.ts'

/** Shows a subscription; see `Subscriptions.get`. */
export function makeGetSubscription({ db }: Pick<SubscriptionDeps, 'db'>): Subscriptions['get'] {
  return async function getSubscription(caller, { id }) {
    must(caller, 'webhook.read')
    return db.scan(async (reads) => {
      const row = await findRow(reads, caller, id)
      const [told] = await tellSubscriptions(reads, [row])
      return told!
    })
  }
}

/** Lists subscriptions, newest first; see `Subscriptions.list`. */
export function makeListSubscriptions({ db }: Pick<SubscriptionDeps, 'db'>): Subscriptions['list'] {
  return async function listSubscriptions(caller, { shape, limit, pageToken }) {
    must(caller, 'webhook.read')
    checkLimit(limit)
    const name = `subscriptions ${shape ?? ''}`
    const after = readPageToken(name, pageToken, 2)
    return db.scan(async (reads) => {
      let query = reads
        .tables<EventsTables>()
        .selectFrom('subscriptions')
        .selectAll()
        .where('workspace_key', '=', caller.workspace.key)
        .orderBy('created_at', 'desc')
        .orderBy('subscription_key', 'desc')
        .limit(limit + 1)
      if (shape !== undefined) query = query.where('shape', '=', shape)
      if (after !== undefined) {
        const [at, key] = after as [number, number]
        query = query.where((e) =>
          e.or([
            e('created_at', '<', at),
            e.and([e('created_at', '=', at), e('subscription_key', '<', key)]),
          ]),
        )
      }
      const rows = await query.execute()
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        subscriptions: await tellSubscriptions(reads, page),
        ...(rows.length > limit && last !== undefined
          ? { nextPageToken: writePageToken(name, [last.created_at, last.subscription_key]) }
          : {}),
      }
    })
  }
}
