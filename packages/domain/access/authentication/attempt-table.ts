const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** How many attempts one key has. */
export interface AttemptLimits {
  readonly aMinute: number
  /** Whoever has been blocked has so many in the next minute. */
  readonly afterABlock: number
  /** Keys without a block that are remembered. */
  readonly remembered: number
  /** Keys with one. */
  readonly blocksRemembered: number
}

export interface Counted {
  failures: number
  /** Of the failures, those of the running minute. */
  inMinute: number
  minuteEnds: number
  blockedUntil: number
  /** How long the next block lasts; doubles each time, up to an hour. */
  nextBlockMs: number
  toldAt: number
}

/**
 * Attempts by key, in memory that is bounded: what is remembered without a block goes first, and a block in force only when
 * there are too many of those. Whoever makes up keys that nobody has blocked frees no key that somebody has.
 */
export interface AttemptTable {
  /** What is counted of a key. Where `isBlocked` says so, nothing more is to be counted. */
  of(key: string, now: number): Counted
  isBlocked(key: string, now: number): boolean
  /** Counts one more, or begins a block. @returns whether it was let pass */
  add(key: string, now: number): boolean
  undo(key: string): void
  forget(key: string): void
}

export function makeAttemptTable(limits: AttemptLimits): AttemptTable {
  const open = new Map<string, Counted>()
  const blocked = new Map<string, Counted>()

  const known = (key: string) => blocked.get(key) ?? open.get(key)

  function put(key: string, count: Counted, now: number): void {
    const isBlocked = now < count.blockedUntil
    const [to, from, most] = isBlocked
      ? [blocked, open, limits.blocksRemembered]
      : [open, blocked, limits.remembered]
    from.delete(key)
    to.delete(key)
    to.set(key, count)
    if (to.size > most) to.delete(isBlocked ? firstToGo(now) : open.keys().next().value!)
  }

  /** Of blocks the first one whose time is over, else the oldest. */
  function firstToGo(now: number): string {
    for (const [key, { blockedUntil }] of blocked) if (now >= blockedUntil) return key
    return blocked.keys().next().value!
  }

  function of(key: string, now: number): Counted {
    const count = known(key)
    const isOver = count === undefined || now >= Math.max(count.minuteEnds, count.blockedUntil) + HOUR
    return isOver ? fresh(now) : count
  }

  return {
    of,

    isBlocked: (key, now) => now < (known(key)?.blockedUntil ?? 0),

    add(key, now) {
      const count = of(key, now)
      if (now >= count.minuteEnds) {
        count.inMinute = 0
        count.minuteEnds = now + MINUTE
      }
      const most = count.nextBlockMs > MINUTE ? limits.afterABlock : limits.aMinute
      const passes = count.inMinute < most
      if (passes) {
        count.inMinute += 1
        count.failures += 1
      } else {
        count.blockedUntil = now + count.nextBlockMs
        count.nextBlockMs = Math.min(count.nextBlockMs * 2, HOUR)
        count.minuteEnds = count.blockedUntil
      }
      put(key, count, now)
      return passes
    },

    undo(key) {
      const count = known(key)
      if (count === undefined) return
      count.inMinute = Math.max(0, count.inMinute - 1)
      count.failures = Math.max(0, count.failures - 1)
    },

    forget(key) {
      open.delete(key)
      blocked.delete(key)
    },
  }
}

const fresh = (now: number): Counted => ({
  failures: 0,
  inMinute: 0,
  minuteEnds: now + MINUTE,
  blockedUntil: 0,
  nextBlockMs: MINUTE,
  toldAt: Number.NEGATIVE_INFINITY,
})
