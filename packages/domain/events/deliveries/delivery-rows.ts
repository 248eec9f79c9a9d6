import { type BulkInsert, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import type { EventsTables } from '../events-tables.ts'

type K = Kysely<EventsTables>

/** Subscriptions that send. */
export const selectLines = statement('events.active-subscriptions', (k: K, p: { status: string }) =>
  lineColumns(k).where('status', '=', p.status as 'active'),
)

export const selectLinesOf = statement(
  'events.active-subscriptions-of-workspace',
  (k: K, p: { status: string; workspace: number }) =>
    lineColumns(k)
      .where('workspace_key', '=', p.workspace)
      .where('status', '=', p.status as 'active'),
)

const lineColumns = (k: K) =>
  k
    .selectFrom('subscriptions')
    .select([
      'subscription_key as key',
      'subscription_id as id',
      'name',
      'workspace_key as workspaceKey',
      'shape',
      'target',
      'secret',
      'filter',
      'max_attempts as maxAttempts',
      'ttl_ms as ttlMs',
      'owner_key as ownerKey',
      'updated_at as updatedAt',
      'position',
    ])

/* States stand in the text: an index that holds one state only is not found for a bound one. */

/** Of all that send; one question for thousands of them. @param p.workspace 0 for all */
const deliveriesOf = (k: K, p: { workspace: number }) =>
  k
    .selectFrom('deliveries as d')
    .innerJoin('subscriptions as s', 's.subscription_key', 'd.subscription_key')
    .where('s.status', '=', 'active')
    .where((e) => e.or([e(e.val(p.workspace), '=', 0), e('s.workspace_key', '=', p.workspace)]))

/** What waits, in the order in which it is sent. */
export const selectWaiting = statement('events.waiting-deliveries', (k: K, p: { workspace: number }) =>
  deliveriesOf(k, p)
    .select([
      'd.subscription_key as subscription',
      'd.position as position',
      'd.replay as replay',
      'd.type as type',
      'd.subject as subject',
      'd.attempts as attempts',
      'd.next_at as nextAt',
      'd.created_at as createdAt',
    ])
    .where('d.state', '=', sql.lit('waiting'))
    .orderBy('d.subscription_key')
    .orderBy('d.position')
    .orderBy('d.replay'),
)

/** What was dealt with before everything before it was. */
export const selectDealtWith = statement(
  'events.deliveries-behind-position',
  (k: K, p: { workspace: number }) =>
    deliveriesOf(k, p)
      .select(['d.subscription_key as subscription', 'd.position as position'])
      .whereRef('d.position', '>', 's.position')
      .where('d.replay', '=', 0),
)

export const selectEvent = statement('events.event-at', (k: K, p: { position: number }) =>
  k.selectFrom('event_log').selectAll().where('position', '=', p.position),
)

/** A result is written over the row that it may have. */
export const upsertDeliveries: BulkInsert = {
  table: 'deliveries',
  columns: {
    subscription_key: 'int',
    position: 'int',
    replay: 'int',
    type: 'text',
    subject: 'text',
    state: 'text',
    attempts: 'int',
    next_at: 'int',
    created_at: 'int',
    last_at: 'int',
    status: 'int',
    error: 'text',
    duration_ms: 'int',
  },
  key: ['subscription_key', 'position', 'replay'],
  onClash: 'replace',
}

export const moveSubscription = statement(
  'events.move-subscription',
  (k: K, p: { subscription: number; position: number }) =>
    k
      .updateTable('subscriptions')
      .set({ position: p.position })
      .where('subscription_key', '=', p.subscription)
      .where('position', '<', p.position),
)

export const lockSubscriptions = statement(
  'events.lock-subscriptions',
  (k: K, p: { keys: readonly number[] }, words) =>
    words.lockRows(
      k
        .selectFrom('subscriptions')
        .select('subscription_key as key')
        .where((e) => words.among(e.ref('subscription_key'), p.keys))
        .orderBy('subscription_key'),
    ),
)

export const stopSubscription = statement(
  'events.stop-subscription',
  (k: K, p: { subscription: number; status: string; reason: string; now: number }) =>
    k
      .updateTable('subscriptions')
      .set({ status: p.status as 'stopped', status_reason: p.reason, updated_at: p.now })
      .where('subscription_key', '=', p.subscription)
      .where('status', '=', 'active'),
)

export const selectOld = statement('events.old-deliveries', (k: K, p: { before: number; limit: number }) =>
  k
    .selectFrom('deliveries')
    .select('delivery_key as key')
    .where('state', '<>', sql.lit('waiting'))
    .where('last_at', '<', p.before)
    .orderBy('last_at')
    .limit(p.limit),
)

export const deleteDeliveries = statement(
  'events.delete-deliveries',
  (k: K, p: { keys: readonly number[] }, words) =>
    k.deleteFrom('deliveries').where((e) => words.among(e.ref('delivery_key'), p.keys)),
)
