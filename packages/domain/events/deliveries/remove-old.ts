import type { Database } from '@orrery/drivers/db'
import { SUBSCRIPTION_LIMITS } from '../subscription.ts'
import { deleteDeliveries, selectOld } from './delivery-rows.ts'

/** About 3 ms on SQLite. */
const SLICE = 500
/** In one call; the rest has time. */
const MOST_SLICES = 200

/** Removes deliveries that are older than anybody asks for, in slices. @returns how many */
export async function removeOld(db: Database, now: number): Promise<number> {
  const before = now - SUBSCRIPTION_LIMITS.keptMs
  let removed = 0
  for (let slice = 0; slice < MOST_SLICES; slice++) {
    const old = await db.read.all(selectOld, { before, limit: SLICE })
    if (old.length === 0) break
    removed += await db.inTx((tx) => tx.run(deleteDeliveries, { keys: old.map(({ key }) => key) }))
    if (old.length < SLICE) break
  }
  return removed
}
