import { type Clock, Problem } from '@orrery/base/kernel'
import { foldName } from '../decisions/find-principal.ts'
import { LIMITS } from '../limits.ts'
import { type AttemptTable, makeAttemptTable } from './attempt-table.ts'
import { networkOf } from './network-of.ts'

/**
 * Slows down whoever guesses passwords: per name and place, so that nobody locks others out of their account, and per place
 * over all names, so that a new name is no new guess. A place is what `networkOf` says.
 */
export interface SignInFailures {
  /**
   * Counts an attempt before it is looked at: a hundred guesses at once are a hundred.
   *
   * @throws Blocked after too many
   */
  begin(name: string, address: string): Attempt
}

export interface Attempt {
  /** The password was right: what was counted for this name and place is forgotten, and of the place this attempt. */
  succeeded(): void
  /** It was not looked at in the end. */
  undo(): void
}

/** What `begin` throws. `tell`: whether it is the first refusal in a minute, which an event tells of. */
export class Blocked extends Problem {
  readonly failures: number
  readonly tell: boolean
  constructor(of: 'name' | 'place', failures: number, waitMs: number, tell: boolean) {
    const seconds = Math.ceil(waitMs / 1000)
    const what = of === 'name' ? 'for this name from this address' : 'from this address'
    super('REQUEST_LIMIT_EXCEEDED', `Too many wrong passwords ${what}.`, {
      hint: `Wait ${seconds} seconds. Tokens work meanwhile.`,
      retryAfterSeconds: seconds,
    })
    this.failures = failures
    this.tell = tell
  }
}

const MINUTE = 60_000
const REMEMBERED = 10_000
/** 20 MB; each takes eleven attempts to make, and a place makes nine a minute. */
const BLOCKS_REMEMBERED = 100_000
/** Of an office behind one address some mistype at once; of a hundred wrong ones in a minute nobody did. */
const OF_A_PLACE = { aMinute: LIMITS.signInsAMinuteOfAnAddress, afterABlock: 30 }
const OF_A_NAME = { aMinute: LIMITS.signInsAMinute, afterABlock: 3 }

/** Kept in memory: a restart forgets it, and two servers allow twice as many. */
export function makeSignInFailures({ clock }: { clock: Clock }): SignInFailures {
  const bounds = { remembered: REMEMBERED, blocksRemembered: BLOCKS_REMEMBERED }
  const names = makeAttemptTable({ ...OF_A_NAME, ...bounds })
  const places = makeAttemptTable({ ...OF_A_PLACE, ...bounds })

  function mustPass(table: AttemptTable, of: 'name' | 'place', key: string, now: number): void {
    if (!table.isBlocked(key, now) && table.add(key, now)) return
    const count = table.of(key, now)
    const tell = now - count.toldAt >= MINUTE
    if (tell) count.toldAt = now
    throw new Blocked(of, count.failures, count.blockedUntil - now, tell)
  }

  return {
    begin(name, address) {
      const now = clock()
      const place = networkOf(address)
      const key = JSON.stringify([foldName(name.slice(0, LIMITS.principalName)), place])
      // A place that is blocked puts no more names into the table, and a name that is blocked costs the place nothing.
      if (places.isBlocked(place, now)) mustPass(places, 'place', place, now)
      mustPass(names, 'name', key, now)
      try {
        mustPass(places, 'place', place, now)
      } catch (error) {
        names.undo(key)
        throw error
      }
      return {
        succeeded() {
          names.forget(key)
          places.undo(place)
        },
        undo() {
          names.undo(key)
          places.undo(place)
        },
      }
    },
  }
}
