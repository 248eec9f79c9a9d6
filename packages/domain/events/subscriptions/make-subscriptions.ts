import type { SubscriptionDeps } from '../seams.ts'
import type { Subscriptions } from '../subscriptions.ts'
import { makeCreateSubscription } from './create-subscription.ts'
import { makeDeleteSubscription } from './delete-subscription.ts'
import { makeListDeliveries } from './list-deliveries.ts'
import { makeGetSubscription, makeListSubscriptions } from './read-subscriptions.ts'
import { makeReplayDeliveries } from './replay-deliveries.ts'
import { makeTestSubscription } from './test-subscription.ts'
import { makeUpdateSubscription } from './update-subscription.ts'

export function makeSubscriptions(deps: SubscriptionDeps): Subscriptions {
  return {
    create: makeCreateSubscription(deps),
    get: makeGetSubscription(deps),
    list: makeListSubscriptions(deps),
    update: makeUpdateSubscription(deps),
    delete: makeDeleteSubscription(deps),
    test: makeTestSubscription(deps),
    deliveries: makeListDeliveries(deps),
    replay: makeReplayDeliveries(deps),
  }
}
