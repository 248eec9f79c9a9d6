import { type Database, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { EventsTables } from '../events-tables.ts'

type K = Kysely<EventsTables>

const selectLease = statement('events.lease', (k: K, p: { name: string }) =>
  k.selectFrom('event_leases').select(['holder', 'beat']).where('name', '=', p.name),
)

const lockLease = statement('events.lock-lease', (k: K, p: { name: string }, words) =>
  words.lockRows(k.selectFrom('event_leases').select('holder').where('name', '=', p.name)),
)

const insertLease = statement('events.insert-lease', (k: K, p: { name: string; holder: string }) =>
  k
    .insertInto('event_leases')
    .values({ name: p.name, holder: p.holder, beat: 1 })
    .onConflict((clash) => clash.column('name').doNothing()),
)

const beatLease = statement('events.beat-lease', (k: K, p: { name: string; holder: string }) =>
  k
    .updateTable('event_leases')
    .set((e) => ({ beat: e('beat', '+', 1) }))
    .where('name', '=', p.name)
    .where('holder', '=', p.holder),
)

const takeLease = statement(
  'events.take-lease',
  (k: K, p: { name: string; holder: string; was: string; beat: number }) =>
    k
      .updateTable('event_leases')
      .set((e) => ({ holder: p.holder, beat: e('beat', '+', 1) }))
      .where('name', '=', p.name)
      .where('holder', '=', p.was)
      .where('beat', '=', p.beat),
)

const dropLease = statement('events.drop-lease', (k: K, p: { name: string; holder: string }) =>
  k.deleteFrom('event_leases').where('name', '=', p.name).where('holder', '=', p.holder),
)

/** How often a holder says that it is there. */
export const BEAT_MS = 2_000
/** A holder that has not for so long, by the clock of whoever looks, is taken to be dead. */
export const STALE_MS = 10_000
/** A holder that could not for so long begins nothing new: soon somebody else may. */
export const FENCE_MS = 7_000

/** Somebody else has taken over. */
export class LeaseLost extends Error {}

/** What only one server at a time may do. */
export interface Lease {
  /** Takes it if it can be had, or says once more that it is held. @returns whether it is held */
  hold(): Promise<boolean>
  /** Whether something may be begun: it was held a moment ago. */
  isFresh(): boolean
  /** Keeps others from taking it until the transaction ends. @throws LeaseLost */
  confirm(tx: Tx): Promise<void>
  drop(): Promise<void>
}

/**
 * @param holder a name that no other process has
 * @param monotonic ms that never go back
 */
export function makeLease(
  db: Database,
  name: string,
  holder: string,
  monotonic: () => number = () => performance.now(),
): Lease {
  let seen: { readonly holder: string; readonly beat: number; readonly since: number } | undefined
  let heldAt = Number.NEGATIVE_INFINITY

  return {
    async hold() {
      const now = monotonic()
      // Nobody else can take it: nothing to say, and no write every two seconds of an idle server.
      if (db.can.soleWriter && heldAt > Number.NEGATIVE_INFINITY) return true
      const isHeld = await db.inTx(async (tx) => {
        if ((await tx.run(beatLease, { name, holder })) > 0) return true
        await tx.run(insertLease, { name, holder })
        const row = (await tx.first(selectLease, { name }))!
        if (row.holder === holder) return true
        // Where nobody else can write, whoever held it is gone.
        if (db.can.soleWriter || isStale(row, now)) {
          return (await tx.run(takeLease, { name, holder, was: row.holder, beat: row.beat })) > 0
        }
        return false
      })
      heldAt = isHeld ? now : Number.NEGATIVE_INFINITY
      return isHeld
    },
    isFresh: () => db.can.soleWriter || monotonic() - heldAt < FENCE_MS,
    async confirm(tx) {
      const row = await tx.first(lockLease, { name })
      if (row?.holder !== holder) throw new LeaseLost(`the lease '${name}' was taken by another server`)
    },
    async drop() {
      await db.inTx((tx) => tx.run(dropLease, { name, holder }))
      heldAt = Number.NEGATIVE_INFINITY
    },
  }

  function isStale({ holder: other, beat }: { holder: string; beat: number }, now: number): boolean {
    if (seen?.holder !== other || seen.beat !== beat) seen = { holder: other, beat, since: now }
    return now - seen.since >= STALE_MS
  }
}
