import { subscriptionRoutes } from '@orrery/base/contract'
import { invalid } from '@orrery/base/kernel'
import type { Subscriptions } from '@orrery/domain/events'
import { bind } from '../kit/index.ts'
import { readFilter, wireDelivery, wireSubscription } from './wire-subscription.ts'

/** Subscriptions of all shapes: webhooks, channels of Slack and Teams, e-mail. */
export function bindSubscriptions(subscriptions: Subscriptions) {
  return bind(subscriptionRoutes, {
    create: async (caller, { name, shape = 'cloudevents', from_position, ...wanted }) => {
      const target = readTarget(wanted)
      if (target === undefined) throw noTarget(shape)
      const made = await subscriptions.create(caller, {
        name,
        shape,
        ...readWanted(wanted),
        target,
        fromPosition: from_position,
      })
      return { subscription: wireSubscription(made) }
    },
    list: async (caller, { shape, limit, page_token }) => {
      const { subscriptions: found, nextPageToken } = await subscriptions.list(caller, {
        shape,
        ...pageOf(limit, page_token),
      })
      return { subscriptions: found.map(wireSubscription), next_page_token: nextPageToken }
    },
    get: async (caller, { id }) => ({
      subscription: wireSubscription(await subscriptions.get(caller, { id })),
    }),
    update: async (caller, { id, name, ...wanted }) => ({
      subscription: wireSubscription(
        await subscriptions.update(caller, { id, name, ...readWanted(wanted), target: readTarget(wanted) }),
      ),
    }),
    delete: async (caller, { id }) => {
      await subscriptions.delete(caller, { id })
      return {}
    },
    test: async (caller, { id, type }) => {
      const { success, status, body, error, durationMs } = await subscriptions.test(caller, { id, type })
      return {
        success,
        status: status ?? undefined,
        body,
        error: error ?? undefined,
        duration_ms: durationMs,
      }
    },
    listDeliveries: async (caller, { id, state, subject, limit, page_token }) => {
      const { deliveries, nextPageToken } = await subscriptions.deliveries(caller, {
        ...{ id, state, subject },
        ...pageOf(limit, page_token),
      })
      return { deliveries: deliveries.map(wireDelivery), next_page_token: nextPageToken }
    },
    replay: async (caller, { id, deliveries, dead, from_position, to_position }) =>
      subscriptions.replay(caller, {
        id,
        deliveries,
        dead: dead || undefined,
        fromPosition: from_position,
        toPosition: to_position,
      }),
  })
}

interface Target {
  readonly url?: string
  readonly addresses?: readonly string[]
}

function readTarget({ url, addresses }: Target): string | readonly string[] | undefined {
  if (url === undefined) return addresses
  if (addresses === undefined) return url
  throw invalid("Both 'url' and 'addresses' are given; e-mail goes to addresses, every other shape to a URL.")
}

function noTarget(shape: string) {
  const field = shape === 'email' ? 'addresses' : 'url'
  return invalid(`The field '${field}' is required for a subscription of the shape '${shape}'.`)
}

function readWanted(wanted: {
  readonly description?: string
  readonly secret?: string
  readonly filter?: Parameters<typeof readFilter>[0]
  readonly status?: 'active' | 'disabled'
  readonly max_attempts?: number
  readonly ttl_ms?: number
}) {
  return {
    description: wanted.description,
    secret: wanted.secret,
    filter: wanted.filter === undefined ? undefined : readFilter(wanted.filter),
    status: wanted.status,
    maxAttempts: wanted.max_attempts,
    ttlMs: wanted.ttl_ms,
  }
}

const MOST_ON_PAGE = 1_000

function pageOf(limit = 100, pageToken: string | undefined) {
  if (limit >= 1 && limit <= MOST_ON_PAGE) return { limit, pageToken }
  throw invalid(`The field 'limit' must be between 1 and ${MOST_ON_PAGE}, not ${limit}.`)
}
