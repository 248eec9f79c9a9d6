import { type Database, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import { deleteDeliveries } from '../deliveries/delivery-rows.ts'
import type { EventsTables } from '../events-tables.ts'
import { countSubscriptions } from './subscription-rows.ts'

type K = Kysely<EventsTables>

/** About 3 ms on SQLite. */
const SLICE = 500

const someOf = statement('events.deliveries-of-workspace', (k: K, p: { workspace: number; limit: number }) =>
  k
    .selectFrom('deliveries')
    .innerJoin('subscriptions', 'subscriptions.subscription_key', 'deliveries.subscription_key')
    .select('delivery_key as key')
    .where('subscriptions.workspace_key', '=', p.workspace)
    .limit(p.limit),
)

const dropSubscriptions = statement('events.drop-subscriptions', (k: K, p: { workspace: number }) =>
  k.deleteFrom('subscriptions').where('workspace_key', '=', p.workspace),
)

/** What this module does when a workspace is deleted: its subscriptions go, its log stays. */
export function makeSubscriptionResidents({ db }: { db: Database }) {
  const count = async (reads: Pick<typeof db.read, 'first'>, workspace: number) =>
    Number((await reads.first(countSubscriptions, { workspace }))?.count ?? 0)
  return {
    async losses(reads: typeof db.read, workspaceKey: number) {
      return [{ what: 'subscriptions', count: await count(reads, workspaceKey) }]
    },
    async isEmpty(tx: Pick<typeof db.read, 'first'>, workspaceKey: number) {
      return (await count(tx, workspaceKey)) === 0
    },
    measure: async () => ({}),
    async removeSlice(workspaceKey: number): Promise<boolean> {
      const isDone = await db.inTx(async (tx) => {
        const some = await tx.all(someOf, { workspace: workspaceKey, limit: SLICE })
        if (some.length > 0) {
          await tx.run(deleteDeliveries, { keys: some.map(({ key }) => key) })
          return false
        }
        await tx.run(dropSubscriptions, { workspace: workspaceKey })
        return true
      })
      if (isDone) db.signals.tell('subscriptions', String(workspaceKey))
      return isDone
    },
  }
}
