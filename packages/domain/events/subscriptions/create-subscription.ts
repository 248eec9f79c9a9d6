import { must, Problem } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import { actorOf } from '../event.ts'
import { readLast } from '../log/read-after.ts'
import type { SubscriptionDeps } from '../seams.ts'
import { SUBSCRIPTION_LIMITS } from '../subscription.ts'
import type { SubscriptionInput, Subscriptions } from '../subscriptions.ts'
import { subscriptionOf, toldOf, UNTRIED } from './about-subscription.ts'
import {
  checkDescription,
  checkFilterFor,
  checkMaxAttempts,
  checkName,
  checkNumber,
  checkSecret,
  checkShape,
  checkTarget,
  checkTtl,
} from './check-subscription.ts'
import { countSubscriptions, floorOf, insertSubscription, type NewSubscription } from './subscription-rows.ts'
import { validateTarget } from './subscription-target.ts'

/** Makes a subscription; see `Subscriptions.create`. */
export function makeCreateSubscription(deps: SubscriptionDeps): Subscriptions['create'] {
  const { db, emit, clock, ids, seal, signals } = deps
  return async function createSubscription(caller, input) {
    must(caller, 'webhook.write')
    const checked = checkInput(deps, input)
    const id = ids.hex32()
    const { secret, ...columns } = checked
    if (input.shape === 'event-grid') await validateTarget(deps, caller, { ...checked, id })
    const now = clock()
    const row: Omit<NewSubscription, 'position'> = {
      ...columns,
      subscription_id: id,
      workspace_key: caller.workspace.key,
      shape: input.shape,
      secret: secret === undefined ? null : seal.seal(secret, `subscriptions/${id}`),
      status: input.status ?? 'active',
      status_reason: null,
      owner_key: caller.principal.key ?? null,
      created_by: actorOf(caller),
      created_at: now,
      updated_at: now,
    }
    const made = await db.inTx(async (tx) => {
      await mustFit(tx, caller.workspace.key)
      const position = await startOf(tx, caller.workspace.key, input.fromPosition)
      const whole = { ...row, position }
      await tx.run(insertSubscription, whole)
      await emit(tx, caller, {
        type: 'subscription.created',
        subject: `subscriptions/${id}`,
        after: toldOf(whole),
      })
      return whole
    })
    signals.tell('subscriptions', String(caller.workspace.key))
    return subscriptionOf(made, UNTRIED)
  }
}

function checkInput(deps: Pick<SubscriptionDeps, 'egress' | 'mailer'>, input: SubscriptionInput) {
  const shape = checkShape(input.shape)
  return {
    name: checkName(input.name),
    description: checkDescription(input.description ?? ''),
    target: checkTarget(shape, input.target, deps),
    secret: checkSecret(shape, input.secret),
    filter: checkFilterFor(shape, input.filter ?? {}),
    max_attempts: checkMaxAttempts(input.maxAttempts ?? SUBSCRIPTION_LIMITS.maxAttempts),
    ttl_ms: checkTtl(input.ttlMs ?? SUBSCRIPTION_LIMITS.ttlMs),
  }
}

async function mustFit(tx: Tx, workspace: number): Promise<void> {
  const { perWorkspace } = SUBSCRIPTION_LIMITS
  const found = await tx.first(countSubscriptions, { workspace })
  if (Number(found?.count ?? 0) < perWorkspace) return
  throw new Problem('QUOTA_EXCEEDED', `A workspace has at most ${perWorkspace} subscriptions.`, {
    hint: 'Delete some, or put several filters into one.',
  })
}

/** Where the log is read from: its end, or behind an event that it still has. */
async function startOf(tx: Tx, workspace: number, from: number | undefined): Promise<number> {
  const last = await readLast(tx)
  if (from === undefined) return last
  const floor = (await tx.first(floorOf, { workspace }))?.position ?? 0
  return checkNumber('from_position', from, floor, last)
}
