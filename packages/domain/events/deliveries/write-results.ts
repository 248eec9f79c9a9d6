import type { Database, Rows } from '@orrery/drivers/db'
import type { Emit } from '../emit.ts'
import { lockSubscriptions, moveSubscription, upsertDeliveries } from './delivery-rows.ts'
import type { Result } from './item.ts'
import type { Lease } from './lease.ts'
import type { Line } from './line.ts'
import { serverCaller } from './server-caller.ts'

/** A result of one subscription. */
export interface LineResult {
  readonly line: Line
  readonly result: Result
}

/** At most so often is it told of a subscription that events were given up. */
const TELL_DEAD_EVERY_MS = 300_000

export interface WriteDeps {
  readonly db: Database
  readonly emit: Emit
  readonly lease: Lease
  readonly nameOf: (workspaceKey: number) => Promise<string | undefined>
}

/**
 * Writes what came of many deliveries in one transaction, and moves the positions behind them.
 *
 * @param lines whose position should be written too, also without results
 * @throws LeaseLost where another server has taken over
 */
export async function writeResults(
  { db, emit, lease, nameOf }: WriteDeps,
  results: readonly LineResult[],
  lines: ReadonlySet<Line>,
  tail: number,
  now: number,
): Promise<void> {
  // Of an item that was parked and then delivered the last word counts; one statement takes no row twice.
  const last = new Map<object, LineResult>()
  for (const one of results) {
    one.result.item.isSettled = true
    last.set(one.result.item, one)
  }
  const moved = [...lines].map((line) => ({ line, position: line.position(tail) }))
  const dead = await deadToTell(lines, results, now, nameOf)
  const all = new Set([...lines, ...results.map(({ line }) => line)])
  const keys = [...all].map(({ facts }) => facts.key)

  await db.inTx(async (tx) => {
    await lease.confirm(tx)
    const there = new Set((await tx.all(lockSubscriptions, { keys })).map(({ key }) => key))
    const rows: Rows[number][] = []
    for (const { line, result } of last.values()) {
      if (result.state !== 'skipped' && there.has(line.facts.key)) rows.push(rowOf(line, result))
    }
    if (rows.length > 0) await tx.bulk(upsertDeliveries, rows)
    for (const { line, position } of moved) {
      if (position <= line.storedPosition || !there.has(line.facts.key)) continue
      await tx.run(moveSubscription, { subscription: line.facts.key, position })
    }
    for (const { line, name, error } of dead) {
      if (!there.has(line.facts.key)) continue
      await emit(tx, serverCaller(line.facts.workspaceKey, name), {
        type: 'subscription.dead-lettered',
        subject: `subscriptions/${line.facts.id}`,
        after: { name: line.facts.name, dead: line.deadSinceTold, error },
      })
    }
  })
  for (const { line, position } of moved) line.storedPosition = Math.max(line.storedPosition, position)
  for (const { line } of dead) {
    line.lastToldDead = now
    line.deadSinceTold = 0
  }
}

function rowOf(
  { facts }: Line,
  { item, state, nextAt, lastAt, status, error, durationMs }: Result,
): Rows[number] {
  const { position, replay, type, subject, attempts, createdAt } = item
  const duration = durationMs === null ? null : Math.round(durationMs)
  const numbers = [attempts, nextAt, createdAt, lastAt, status] as const
  return [facts.key, position, replay, type, subject, state, ...numbers, error, duration]
}

async function deadToTell(
  lines: ReadonlySet<Line>,
  results: readonly LineResult[],
  now: number,
  nameOf: WriteDeps['nameOf'],
): Promise<{ line: Line; name: string; error: string }[]> {
  const told: { line: Line; name: string; error: string }[] = []
  for (const line of lines) {
    if (line.deadSinceTold === 0 || now - line.lastToldDead < TELL_DEAD_EVERY_MS) continue
    const name = await nameOf(line.facts.workspaceKey)
    const error =
      results.findLast((one) => one.line === line && one.result.state === 'dead')?.result.error ?? ''
    if (name !== undefined) told.push({ line, name, error })
  }
  return told
}
