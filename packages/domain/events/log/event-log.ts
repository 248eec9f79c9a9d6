import type { Database } from '@orrery/drivers/db'
import type { EventLog, LoggedEvent } from '../log.ts'
import { asLogged, bytesOf, type LogRow } from './logged-row.ts'
import { readAfter, readLast } from './read-after.ts'
import { Ring, type RingLimits } from './ring.ts'

/** The log as the sequencer sees it. */
export interface GrowingLog extends EventLog {
  /** Everything up to here is in the log and durable. @param rows what follows `from`, where they are at hand */
  grow(upTo: number, from?: number, rows?: readonly LogRow[]): void
  /** Whether anybody is told when it grows: only then are rows kept. */
  readonly isFollowed: boolean
  /** Asks the database how far other servers have come. */
  look(): Promise<void>
}

/** 10,000 events of a run that is logged take 10 MB; long params make it more. */
const KEPT: RingLimits = { events: 10_000, bytes: 32 * 2 ** 20 }

const MOST_AT_ONCE = 1_000

/**
 * Follows the end of the log, from memory for all who are close to it. What was written by this server never comes from
 * the database; others read it together, once.
 */
export function makeEventLog({ db }: { readonly db: Database }, limits: RingLimits = KEPT): GrowingLog {
  let durable = 0
  let ring: Ring | undefined
  const listeners = new Set<() => void>()
  const reading = new Map<string, Promise<readonly LoggedEvent[]>>()
  let isTelling = false
  let looking: Promise<void> | undefined

  function tell(): void {
    if (isTelling || listeners.size === 0) return
    isTelling = true
    setImmediate(() => {
      isTelling = false
      for (const grown of [...listeners]) grown()
    })
  }

  function grow(upTo: number, from = upTo, rows: readonly LogRow[] = []): void {
    if (ring === undefined) ring = new Ring(limits, rows.length === 0 ? upTo : from)
    // Where nobody follows, what is kept would only be carried along by the garbage collector: 3 µs an event.
    if (rows.length > 0 && listeners.size > 0) ring.extend(from, upTo, rows.map(asKept), false)
    if (upTo <= durable) return
    durable = upTo
    tell()
  }

  async function look(): Promise<void> {
    looking ??= readLast(db.read).then(
      (position) => {
        looking = undefined
        grow(position)
      },
      (error: unknown) => {
        looking = undefined
        throw error
      },
    )
    return looking
  }

  async function read(position: number, limit: number): Promise<readonly LoggedEvent[]> {
    const upTo = durable
    const rows = await db.scan((reads) => readAfter(reads, position, upTo, limit))
    const kept = rows.map(asKept)
    ring?.extend(position, rows.length < limit ? upTo : rows.at(-1)!.position, kept, true)
    return kept.map(({ event }) => event)
  }

  return {
    get durable() {
      return durable
    },
    get isFollowed() {
      return listeners.size > 0
    },
    onGrown(grown) {
      listeners.add(grown)
      return () => {
        listeners.delete(grown)
      }
    },
    async after(position, limit) {
      const atOnce = Math.min(limit, MOST_AT_ONCE)
      let from = position
      while (ring?.covers(from)) {
        const found = ring.after(from, atOnce)
        if (found.length > 0) return found
        from = ring.upTo
      }
      if (from >= durable) return []
      const key = `${from} ${atOnce}`
      let shared = reading.get(key)
      if (shared === undefined) {
        shared = read(from, atOnce).finally(() => reading.delete(key))
        reading.set(key, shared)
      }
      return shared
    },
    grow,
    look,
  }
}

function asKept(row: LogRow) {
  return { event: asLogged(row), bytes: bytesOf(row) }
}
