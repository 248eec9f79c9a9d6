import { statement } from '@orrery/drivers/db'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { EventsTables } from '../events-tables.ts'

type K = Kysely<EventsTables>

export type SubscriptionRow = Selectable<EventsTables['subscriptions']>

export type NewSubscription = Omit<SubscriptionRow, 'subscription_key'>

export const insertSubscription = statement('events.insert-subscription', (k: K, p: NewSubscription) =>
  k.insertInto('subscriptions').values({
    subscription_id: p.subscription_id,
    workspace_key: p.workspace_key,
    name: p.name,
    description: p.description,
    shape: p.shape,
    target: p.target,
    secret: p.secret,
    filter: p.filter,
    status: p.status,
    status_reason: p.status_reason,
    max_attempts: p.max_attempts,
    ttl_ms: p.ttl_ms,
    owner_key: p.owner_key,
    created_by: p.created_by,
    created_at: p.created_at,
    updated_at: p.updated_at,
    position: p.position,
  }),
)

export const findSubscription = statement(
  'events.find-subscription',
  (k: K, p: { workspace: number; id: string }) =>
    k
      .selectFrom('subscriptions')
      .selectAll()
      .where('subscription_id', '=', p.id)
      .where('workspace_key', '=', p.workspace),
)

export const takeSubscription = statement(
  'events.take-subscription',
  (k: K, p: { workspace: number; id: string }, words) =>
    words.lockRows(
      k
        .selectFrom('subscriptions')
        .selectAll()
        .where('subscription_id', '=', p.id)
        .where('workspace_key', '=', p.workspace),
    ),
)

export const updateSubscription = statement(
  'events.update-subscription',
  (
    k: K,
    p: Omit<
      SubscriptionRow,
      'workspace_key' | 'subscription_id' | 'shape' | 'created_by' | 'created_at' | 'position'
    >,
  ) =>
    k
      .updateTable('subscriptions')
      .set({
        name: p.name,
        description: p.description,
        target: p.target,
        secret: p.secret,
        filter: p.filter,
        status: p.status,
        status_reason: p.status_reason,
        max_attempts: p.max_attempts,
        ttl_ms: p.ttl_ms,
        owner_key: p.owner_key,
        updated_at: p.updated_at,
      })
      .where('subscription_key', '=', p.subscription_key),
)

export const deleteSubscriptionRow = statement('events.delete-subscription', (k: K, p: { key: number }) =>
  k.deleteFrom('subscriptions').where('subscription_key', '=', p.key),
)

export const countSubscriptions = statement('events.count-subscriptions', (k: K, p: { workspace: number }) =>
  k
    .selectFrom('subscriptions')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('workspace_key', '=', p.workspace),
)

/** How a subscription fares; the first two from indexes of their own. */
export const countWaiting = statement('events.count-waiting', (k: K, p: { key: number }) =>
  k
    .selectFrom('deliveries')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('subscription_key', '=', p.key)
    .where('state', '=', sql.lit('waiting')),
)

export const countDead = statement('events.count-dead', (k: K, p: { key: number }) =>
  k
    .selectFrom('deliveries')
    .select((e) => e.fn.countAll<number>().as('count'))
    .where('subscription_key', '=', p.key)
    .where('state', '=', sql.lit('dead')),
)

/** Of the latest events only: what was delivered before a thousand others is of no interest. */
export const lastDelivered = statement('events.last-delivered', (k: K, p: { key: number }) =>
  k
    .selectFrom(
      k
        .selectFrom('deliveries')
        .select(['state', 'last_at'])
        .where('subscription_key', '=', p.key)
        .orderBy('position', 'desc')
        .limit(2_000)
        .as('latest'),
    )
    .select((e) => e.fn.max('last_at').as('at'))
    .where('state', '=', 'delivered'),
)

export const someDeliveries = statement('events.some-deliveries', (k: K, p: { key: number; limit: number }) =>
  k
    .selectFrom('deliveries')
    .select('delivery_key as key')
    .where('subscription_key', '=', p.key)
    .limit(p.limit),
)

export const someWaiting = statement('events.some-waiting', (k: K, p: { key: number; limit: number }) =>
  k
    .selectFrom('deliveries')
    .select('delivery_key as key')
    .where('subscription_key', '=', p.key)
    .where('state', '=', sql.lit('waiting'))
    .limit(p.limit),
)

export const floorOf = statement('events.floor-of', (k: K, p: { workspace: number }) =>
  k.selectFrom('event_heads').select('floor_position as position').where('workspace_key', '=', p.workspace),
)
