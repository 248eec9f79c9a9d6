import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Hold } from '../holds/hold-rows.ts'
import { holdsInForce } from '../holds/hold-rows.ts'
import { holdOn } from '../holds/is-held.ts'
import type { ExpiredThing, ExpiringThing, GovernanceDeps } from '../seams.ts'

const PAGE = 100

export interface Weighed {
  readonly thing: ExpiredThing
  readonly isHeld: boolean
}

/**
 * What a rule would remove, and what of it is held, page by page: the same for the dry run and the run. Between the pages
 * others have their turn.
 */
export async function* expiredThings(
  { db, expired, held }: Pick<GovernanceDeps, 'db' | 'expired' | 'held'>,
  workspaceKey: number,
  what: ExpiringThing,
  before: number,
): AsyncGenerator<Weighed> {
  let after = 0
  for (;;) {
    const page = await db.scan(async (reads) => {
      const things = await expired.list(reads, workspaceKey, what, before, after, PAGE)
      const holds: readonly Hold[] = things.length === 0 ? [] : await holdsInForce(reads, workspaceKey)
      const weighed: Weighed[] = []
      for (const thing of things) {
        const hold = await holdOn(reads, held, workspaceKey, holds, thing.held)
        weighed.push({ thing, isHeld: hold !== undefined })
      }
      return weighed
    })
    yield* page
    if (page.length < PAGE) return
    after = page.at(-1)!.thing.key
    await nextTurn()
  }
}
