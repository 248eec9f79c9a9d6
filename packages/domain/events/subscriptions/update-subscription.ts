import { invalid, must } from '@orrery/base/kernel'
import type { SubscriptionDeps } from '../seams.ts'
import type { Subscriptions } from '../subscriptions.ts'
import {
  changesBetween,
  findRow,
  noSuch,
  subscriptionOf,
  tellSubscriptions,
  toldOf,
} from './about-subscription.ts'
import {
  checkDescription,
  checkFilterFor,
  checkMaxAttempts,
  checkName,
  checkSecret,
  checkTarget,
  checkTtl,
} from './check-subscription.ts'
import { type SubscriptionRow, takeSubscription, updateSubscription } from './subscription-rows.ts'
import { validateTarget } from './subscription-target.ts'

type Update = Parameters<Subscriptions['update']>[1]

/** Changes a subscription; see `Subscriptions.update`. Whoever changes it is its owner from then on. */
export function makeUpdateSubscription(deps: SubscriptionDeps): Subscriptions['update'] {
  const { db, emit, clock, seal, signals } = deps
  return async function updateSubscriptionVerb(caller, input) {
    must(caller, 'webhook.write')
    const { id } = input
    const found = await findRow(db.read, caller, id)
    const changes = changesIn(deps, found, input)
    const secret = checkSecret(found.shape, input.secret)
    if (found.shape === 'event-grid' && changes.target !== undefined && changes.target !== found.target) {
      await validateTarget(deps, caller, { target: changes.target, id, name: found.name, secret })
    }
    const sealed = secret === undefined ? null : seal.seal(secret, `subscriptions/${id}`)
    const updated = await db.inTx(async (tx) => {
      const row = await tx.first(takeSubscription, { workspace: caller.workspace.key, id })
      if (row === undefined) throw noSuch(id)
      const after: SubscriptionRow = {
        ...row,
        ...changes,
        secret: input.secret === undefined ? row.secret : sealed,
        // Why it was stopped is of no interest once somebody has put it right.
        status_reason: changes.status === undefined ? row.status_reason : null,
        owner_key: caller.principal.key ?? null,
        updated_at: Math.max(clock(), row.updated_at + 1),
      }
      await tx.run(updateSubscription, after)
      const told = changesBetween(toldOf(row), toldOf(after))
      // Another secret is a change that shows in no field.
      const isResigned = input.secret !== undefined && sealed !== null && !('hasSecret' in told.after)
      await emit(tx, caller, {
        type: 'subscription.updated',
        subject: `subscriptions/${id}`,
        before: told.before,
        after: isResigned ? { ...told.after, hasSecret: true } : told.after,
      })
      return after
    })
    signals.tell('subscriptions', String(caller.workspace.key))
    const [told] = await db.scan((reads) => tellSubscriptions(reads, [updated]))
    return told ?? subscriptionOf(updated, { waiting: 0, dead: 0, lastDeliveredAt: null })
  }
}

function changesIn(
  deps: Pick<SubscriptionDeps, 'egress' | 'mailer'>,
  { shape }: SubscriptionRow,
  input: Update,
): Partial<SubscriptionRow> {
  if (input.status !== undefined && !['active', 'disabled'].includes(input.status)) {
    throw invalid(`'status' is '${String(input.status).slice(0, 100)}'; allowed are active and disabled.`)
  }
  return {
    ...(input.name === undefined ? {} : { name: checkName(input.name) }),
    ...(input.description === undefined ? {} : { description: checkDescription(input.description) }),
    ...(input.target === undefined ? {} : { target: checkTarget(shape, input.target, deps) }),
    ...(input.filter === undefined ? {} : { filter: checkFilterFor(shape, input.filter) }),
    ...(input.status === undefined ? {} : { status: input.status }),
    ...(input.maxAttempts === undefined ? {} : { max_attempts: checkMaxAttempts(input.maxAttempts) }),
    ...(input.ttlMs === undefined ? {} : { ttl_ms: checkTtl(input.ttlMs) }),
  }
}
