import { type Caller, missing, type Problem } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import type { Shape, Subscription, SubscriptionFilter } from '../subscription.ts'
import {
  countDead,
  countWaiting,
  findSubscription,
  lastDelivered,
  type SubscriptionRow,
} from './subscription-rows.ts'

/** Whoever has such an address may post to the channel: it is shown up to the host. */
const SECRET_PATHS: readonly Shape[] = ['slack', 'teams']

/** @throws RESOURCE_DOES_NOT_EXIST */
export async function findRow(reads: Reads, caller: Caller, id: string): Promise<SubscriptionRow> {
  const row = await reads.first(findSubscription, { workspace: caller.workspace.key, id })
  if (row === undefined) throw noSuch(id)
  return row
}

/** MLflow's sentence. */
export function noSuch(id: string): Problem {
  return missing(`Webhook with ID ${id.slice(0, 100)} not found.`)
}

/** Rows as others see them, with how they fare. Meant for a scan. */
export async function tellSubscriptions(
  reads: Reads,
  rows: readonly SubscriptionRow[],
): Promise<Subscription[]> {
  const keys = rows.map(({ subscription_key: key }) => ({ key }))
  const waiting = await reads.each(countWaiting, keys)
  const dead = await reads.each(countDead, keys)
  const last = await reads.each(lastDelivered, keys)
  return rows.map((row, i) =>
    subscriptionOf(row, {
      waiting: Number(waiting[i]?.count ?? 0),
      dead: Number(dead[i]?.count ?? 0),
      lastDeliveredAt: last[i]?.at ?? null,
    }),
  )
}

export const UNTRIED = { waiting: 0, dead: 0, lastDeliveredAt: null }

export function subscriptionOf(
  row: Omit<SubscriptionRow, 'subscription_key'>,
  fares: Pick<Subscription, 'waiting' | 'dead' | 'lastDeliveredAt'>,
): Subscription {
  return {
    id: row.subscription_id,
    name: row.name,
    description: row.description,
    shape: row.shape,
    target: shownTarget(row.shape, row.target),
    hasSecret: row.secret !== null,
    filter: JSON.parse(row.filter) as SubscriptionFilter,
    status: row.status,
    statusReason: row.status_reason,
    maxAttempts: row.max_attempts,
    ttlMs: row.ttl_ms,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...fares,
  }
}

function shownTarget(shape: Shape, target: string): string | readonly string[] {
  if (shape === 'email') return JSON.parse(target) as string[]
  return SECRET_PATHS.includes(shape) ? `${new URL(target).origin}/…` : target
}

/**
 * What events tell of a subscription. They go out to other receivers, and what stands behind the host of an address may
 * be a secret.
 */
export function toldOf(row: Omit<SubscriptionRow, 'subscription_key'>): Record<string, unknown> {
  const { name, description, shape, target, secret, filter, status, max_attempts, ttl_ms } = row
  return {
    name,
    description,
    shape,
    target: shape === 'email' ? `${(JSON.parse(target) as string[]).length} addresses` : new URL(target).host,
    hasSecret: secret !== null,
    filter: JSON.parse(filter) as SubscriptionFilter,
    status,
    maxAttempts: max_attempts,
    ttlMs: ttl_ms,
  }
}

/** The fields that differ. */
export function changesBetween(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): { before: Record<string, unknown>; after: Record<string, unknown> } {
  const changed = Object.keys(after).filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  )
  const pick = (of: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(changed.map((field) => [field, of[field]]))
  return { before: pick(before), after: pick(after) }
}
