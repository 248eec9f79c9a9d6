import { must } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import { deleteDeliveries } from '../deliveries/delivery-rows.ts'
import type { SubscriptionDeps } from '../seams.ts'
import type { Subscriptions } from '../subscriptions.ts'
import { noSuch, toldOf } from './about-subscription.ts'
import { deleteSubscriptionRow, someDeliveries, someWaiting, takeSubscription } from './subscription-rows.ts'

/** About 3 ms on SQLite. */
const SLICE = 500
/** In the call; what is left then goes when it is old. */
const MOST_SLICES = 20

/** Deletes a subscription; see `Subscriptions.delete`. */
export function makeDeleteSubscription({
  db,
  emit,
  signals,
}: Pick<SubscriptionDeps, 'db' | 'emit' | 'signals'>): Subscriptions['delete'] {
  return async function deleteSubscription(caller, { id }) {
    must(caller, 'webhook.write')
    const key = await db.inTx(async (tx) => {
      const row = await tx.first(takeSubscription, { workspace: caller.workspace.key, id })
      if (row === undefined) throw noSuch(id)
      await tx.run(deleteSubscriptionRow, { key: row.subscription_key })
      await emit(tx, caller, {
        type: 'subscription.deleted',
        subject: `subscriptions/${id}`,
        before: toldOf(row),
      })
      return row.subscription_key
    })
    signals.tell('subscriptions', String(caller.workspace.key))
    // What waits first: of itself only the rest goes.
    await removeSlices(db, key, someWaiting, Number.POSITIVE_INFINITY)
    await removeSlices(db, key, someDeliveries, MOST_SLICES)
  }
}

async function removeSlices(
  db: Database,
  key: number,
  some: typeof someDeliveries,
  most: number,
): Promise<void> {
  for (let slice = 0; slice < most; slice++) {
    const rows = await db.read.all(some, { key, limit: SLICE })
    if (rows.length > 0) {
      await db.inTx((tx) => tx.run(deleteDeliveries, { keys: rows.map((row) => row.key) }))
    }
    if (rows.length < SLICE) return
  }
}
