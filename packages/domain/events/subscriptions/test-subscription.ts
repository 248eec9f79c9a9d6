import { must } from '@orrery/base/kernel'
import { safeBytes } from '@orrery/drivers/egress'
import { type Answered, makeAttempt, sendPost } from '../deliveries/attempt.ts'
import type { SubscriptionDeps } from '../seams.ts'
import { mlflowTestEvent } from '../shapes/mlflow-events.ts'
import { mlflowTestRequest } from '../shapes/mlflow-request.ts'
import type { SubscriptionFilter } from '../subscription.ts'
import type { Subscriptions } from '../subscriptions.ts'
import { findRow } from './about-subscription.ts'
import { exampleEvent, firstType } from './example-event.ts'
import type { SubscriptionRow } from './subscription-rows.ts'

const SHOWN = 1_000

/** Sends an example; see `Subscriptions.test`. */
export function makeTestSubscription(deps: SubscriptionDeps): Subscriptions['test'] {
  const { db, emit, clock, ids, seal, publicUrl } = deps
  const attempt = makeAttempt({ ...deps, reads: db.read })

  async function send(
    caller: Parameters<Subscriptions['test']>[0],
    row: SubscriptionRow,
    type: string | undefined,
  ): Promise<{ readonly type: string; readonly answered: Answered }> {
    const filter = JSON.parse(row.filter) as SubscriptionFilter
    const id = row.subscription_id
    const secret = row.secret === null ? undefined : seal.open(row.secret, `subscriptions/${id}`)
    const { signal } = new AbortController()
    const now = clock()
    const workspace = caller.workspace.name
    if (row.shape === 'mlflow') {
      const told = type ?? mlflowTestEvent(undefined, filter)
      const to = { subscriptionId: id, workspaceName: workspace, secret, now, filter, id: ids.hex32() }
      const post = mlflowTestRequest({ ...to, type: told })
      return { type: told, answered: await sendPost(deps, row.target, post, signal) }
    }
    const event = exampleEvent(type ?? firstType(filter), caller, { id: ids.hex32(), at: now })
    const sending = {
      event,
      origin: { publicUrl, workspace },
      subscriptionId: id,
      subscriptionName: row.name,
      secret,
      attempt: 1,
      replay: 0,
      isTest: true,
      now,
    }
    const answered = await attempt(row, [sending], signal)
    return { type: event.type, answered: answered! }
  }

  return async function testSubscription(caller, { id, type }) {
    must(caller, 'webhook.write')
    const row = await findRow(db.read, caller, id)
    const { type: told, answered } = await send(caller, row, type)
    const { isDelivered: success, status, error, durationMs, body } = answered
    await db.inTx((tx) =>
      emit(tx, caller, {
        type: 'subscription.tested',
        subject: `subscriptions/${id}`,
        after: { name: row.name, type: told, success, status },
      }),
    )
    return {
      success,
      status,
      body: safeBytes(body, SHOWN),
      error: error === '' ? null : error,
      durationMs: Math.round(durationMs),
    }
  }
}
