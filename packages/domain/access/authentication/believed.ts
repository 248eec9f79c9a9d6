import { hash, randomBytes } from 'node:crypto'
import type { Changes } from '../changes.ts'
import { LIMITS } from '../limits.ts'
import type { Recognised } from './recognised.ts'

/** The credentials that were good a moment ago, by what the request holds. */
export interface Believed {
  /** Where a credential is kept: keyed, so that a dump of the memory is no list of hashes of passwords. 0.5 µs. */
  placeOf(kind: 'authorization' | 'session', presented: string): string
  get(place: string, now: number): Recognised | undefined
  /**
   * Whether it was good and nothing of its account has changed since: whoever has a password that was right is not kept
   * out because a program on the same machine still tries the one before.
   */
  wasGood(place: string): boolean
  /** @param moment of `changes`, taken before it was looked up */
  keep(place: string, recognised: Recognised, moment: number): void
}

/** Nobody puts anything here without a good credential; whoever was first goes first. */
const REMEMBERED = 10_000

export function makeBelieved(changes: Pick<Changes, 'onForget' | 'believes' | 'moment'>): Believed {
  const secret = randomBytes(32).toString('base64url')
  const known = new Map<string, Recognised>()

  changes.onForget(({ principal, workspace }) => {
    if (principal === undefined && workspace === undefined) known.clear()
    // What an account may do in a workspace is not remembered here: a password would be computed anew for nothing.
    else if (principal === undefined) drop(({ token }) => token?.workspaceKey === workspace)
    else if (workspace === undefined) drop((each) => each.principal.key === principal)
  })

  function drop(isConcerned: (recognised: Recognised) => boolean): void {
    for (const [place, recognised] of known) if (isConcerned(recognised)) known.delete(place)
  }

  return {
    placeOf: (kind, presented) => hash('sha256', `${secret}${kind}${presented}`, 'base64url'),

    get(place, now) {
      if (!changes.believes()) return undefined
      const recognised = known.get(place)
      if (recognised === undefined) return undefined
      const isIdle =
        recognised.credential.kind === 'session' && now - recognised.seenAt >= LIMITS.sessionIdleMs
      if (now < recognised.until && !isIdle) return recognised
      if (recognised.credential.kind !== 'password') known.delete(place)
      return undefined
    },

    wasGood: (place) => known.has(place),

    keep(place, recognised, moment) {
      if (changes.moment() !== moment) return
      known.delete(place)
      if (known.size >= REMEMBERED) known.delete(known.keys().next().value!)
      known.set(place, recognised)
    },
  }
}
