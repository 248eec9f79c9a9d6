import type { Reads } from '@orrery/drivers/db'
import { type CompiledFilter, compileFilter } from '../matching/compile-filter.ts'
import type { SubscriptionFilter } from '../subscription.ts'
import { selectDealtWith, selectLines, selectLinesOf, selectWaiting } from './delivery-rows.ts'
import type { Item } from './item.ts'
import type { LineFacts } from './line.ts'

export interface LoadedLine {
  readonly facts: LineFacts
  readonly position: number
}

/** Active subscriptions. @param workspaceKey of one workspace only */
export async function loadLines(reads: Reads, workspaceKey?: number): Promise<LoadedLine[]> {
  const status = 'active'
  const rows =
    workspaceKey === undefined
      ? await reads.all(selectLines, { status })
      : await reads.all(selectLinesOf, { status, workspace: workspaceKey })
  return rows.map(({ position, filter, ...row }) => ({
    position,
    facts: { ...row, filter: compiled(filter) },
  }))
}

/** Rows are read again and again, and hardly ever changed: compiling takes ten times as long as reading. */
const filters = new Map<string, CompiledFilter>()
const MOST_FILTERS = 5_000

function compiled(text: string): CompiledFilter {
  let filter = filters.get(text)
  if (filter === undefined) {
    filter = compileFilter(JSON.parse(text) as SubscriptionFilter)
    if (filters.size >= MOST_FILTERS) filters.clear()
    filters.set(text, filter)
  }
  return filter
}

/** By key of the subscription. */
export interface LoadedDeliveries {
  readonly waiting: ReadonlyMap<number, readonly Item[]>
  /** Positions of what is done behind the subscription's own. */
  readonly done: ReadonlyMap<number, readonly number[]>
}

/** What waits for subscriptions, and what is done behind their positions. @param workspaceKey of one workspace only */
export async function loadDeliveries(reads: Reads, workspaceKey?: number): Promise<LoadedDeliveries> {
  const done = await reads.all(selectDealtWith, { workspace: workspaceKey ?? 0 })
  return {
    waiting: await loadWaiting(reads, workspaceKey),
    done: grouped(done, ({ position }) => position),
  }
}

async function loadWaiting(
  reads: Reads,
  workspaceKey?: number,
): Promise<ReadonlyMap<number, readonly Item[]>> {
  const rows = await reads.all(selectWaiting, { workspace: workspaceKey ?? 0 })
  return grouped(rows, ({ subscription: _, nextAt, ...row }) => ({
    ...row,
    nextAt: nextAt ?? 0,
    event: undefined,
    hasRow: true,
    isSettled: true,
    isAlone: false,
  }))
}

function grouped<Row extends { subscription: number }, Value>(
  rows: readonly Row[],
  make: (row: Row) => Value,
): ReadonlyMap<number, readonly Value[]> {
  const groups = new Map<number, Value[]>()
  for (const row of rows) {
    const group = groups.get(row.subscription)
    if (group === undefined) groups.set(row.subscription, [make(row)])
    else group.push(make(row))
  }
  return groups
}
