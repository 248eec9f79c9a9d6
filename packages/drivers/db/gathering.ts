import type { Gather, Tx } from './database.ts'

/** What a verb has left for the end of its COMMIT. */
export interface Left {
  readonly gather: Gather<unknown>
  readonly item: unknown
}

/** Calls each `gather` once, with everything that was left to it. */
export async function gatherAll(tx: Tx, left: readonly Left[]): Promise<void> {
  if (left.length === 0) return
  const items = new Map<Gather<unknown>, unknown[]>()
  for (const { gather, item } of left) {
    const known = items.get(gather)
    if (known === undefined) items.set(gather, [item])
    else known.push(item)
  }
  for (const [gather, all] of items) await gather(tx, all)
}
