import type { Database, Tx } from '@orrery/drivers/db'
import type { GrowingLog } from '../log/event-log.ts'
import type { LogRow } from '../log/logged-row.ts'
import type { Sequencer } from '../log.ts'
import { makeBatchSize } from './batch-size.ts'
import { moveEvents, type Remembered, type Turn, writeEvents } from './take-turn.ts'

export interface SequencerDeps {
  readonly db: Database
  readonly log: GrowingLog
  /** Hears that events stay where they are, once until they move again. */
  readonly onFailure?: (error: unknown) => void
}

export interface StartableSequencer extends Sequencer {
  /** Resolves when the log is up to date and `durable` is known: before the first request. */
  start(): Promise<void>
}

/**
 * Between the end of a turn and the next, ms. A turn takes up to 50 µs besides its events, and from the outbox a sync: a
 * client that writes one thing after the other would pay both for each.
 */
const PAUSE_MS = 8

/** Where others write too, in ms: a server may have died between a commit and its turn. */
const LOOK_MS = 1_000

const RETRY_MS = [100, 500, 2_000, 5_000]

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const FORGOTTEN: Remembered = { position: -1, ends: new Map() }

/** At the first event that is taken, what an earlier process has left goes before it, so many in a statement. */
const MOVED_FIRST = 1_000

/**
 * Brings events into the log. Where others write too, a turn at a time from the outbox. Where nobody does, with the
 * COMMIT that they are told in: 6 µs an event less, and readers need not wait for a second sync; then a turn only finds
 * out what is durable.
 */
export function makeSequencer({ db, log, onFailure = () => {} }: SequencerDeps): StartableSequencer {
  const { soleWriter } = db.can
  const batch = makeBatchSize()
  let remembered: Remembered = FORGOTTEN
  let waiters: Waiter[] = []
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | NodeJS.Immediate | undefined
  let isWanted = false
  let isFirst = true
  let isOver = false
  let isOutboxEmpty = false
  /** What was written with its COMMIT, and may not be durable yet. */
  const written: Turn[] = []
  let failures = 0
  let stopListening = () => {}
  let looks: NodeJS.Timeout | undefined

  async function turn(): Promise<Turn> {
    let ms = 0
    let committed = 0
    const size = batch.size
    const done = await db.inTx(async (tx) => {
      const began = performance.now()
      // The answer comes when all that was committed before is durable.
      committed = written.length
      const known = remembered
      const moved = await moveEvents(tx, known, size, soleWriter, isFirst)
      tx.afterCommit(() => {
        learn(moved, known)
        if (moved.rows.length < size) isOutboxEmpty = true
      })
      // Where others write, most of it is waiting for the engine, not the loop's time.
      ms = soleWriter ? performance.now() - began : 0
      return moved
    })
    isFirst = false
    batch.learn(
      done.rows.length,
      ms,
      done.rows.reduce((sum, row) => sum + unitsOf(row), 0),
    )
    for (const { from, upTo, rows } of written.splice(0, committed)) log.grow(upTo, from, rows)
    log.grow(done.upTo, done.from, done.rows)
    if (done.rows.length > 0) db.signals.tell('log', String(done.upTo))
    return done
  }

  /** @param known what the turn was taken with */
  function learn({ upTo, ends, held, rows }: Turn, known: Remembered): void {
    if (held && rows.length === 0) return
    const isKept = held && known === remembered
    const all = isKept ? (known.ends as Map<number, { number: number; hash: string }>) : new Map()
    for (const [workspace, { number, hash }] of ends) all.set(workspace, { number, hash })
    remembered = { position: upTo, ends: all }
  }

  async function writeTaken(tx: Tx, rows: readonly LogRow[]): Promise<void> {
    const turns: Turn[] = []
    let known = remembered
    while (!isOutboxEmpty) {
      const moved = await moveEvents(tx, known, MOVED_FIRST, soleWriter, false)
      if (moved.rows.length === 0) break
      turns.push(moved)
      known = FORGOTTEN
    }
    turns.push(await writeEvents(tx, known, rows))
    tx.afterCommit(() => {
      isOutboxEmpty = true
      for (const done of turns) {
        learn(done, known)
        // Where nobody follows the log, its rows need not be kept until they are durable.
        written.push(log.isFollowed ? done : { ...done, rows: [] })
      }
      wake()
    })
  }

  /** Turns until one finds less than it would have taken. */
  async function run(): Promise<void> {
    const waiting = waiters
    waiters = []
    isWanted = false
    try {
      for (;;) {
        const size = batch.size
        const { rows } = await turn()
        if (rows.length < size) break
      }
      failures = 0
      for (const { resolve } of waiting) resolve()
    } catch (error) {
      remembered = FORGOTTEN
      if (failures === 0) onFailure(error)
      failures += 1
      isWanted = true
      for (const { reject } of waiting) reject(error)
    } finally {
      running = undefined
      schedule()
    }
  }

  function begin(): void {
    timer = undefined
    running ??= run()
  }

  function schedule(): void {
    if (running !== undefined || (isOver && waiters.length === 0)) return
    if (waiters.length > 0) {
      cancel()
      timer = setImmediate(begin)
    } else if (isWanted && timer === undefined) {
      const ms = failures === 0 ? PAUSE_MS : RETRY_MS[Math.min(failures, RETRY_MS.length) - 1]
      timer = setTimeout(begin, ms)
      // A database that does not come back keeps no process alive.
      if (failures > 0) timer.unref()
    }
  }

  function cancel(): void {
    clearTimeout(timer as NodeJS.Timeout)
    clearImmediate(timer as NodeJS.Immediate)
    timer = undefined
  }

  function wake(): void {
    if (isWanted || isOver) return
    isWanted = true
    schedule()
  }

  function settle(): Promise<void> {
    return new Promise((resolve, reject) => {
      waiters.push({ resolve, reject })
      schedule()
    })
  }

  return {
    wake,
    take(tx, row) {
      if (!soleWriter || isOver) return false
      tx.beforeCommit(writeTaken, row)
      return true
    },
    settle,
    async start() {
      await settle()
      if (soleWriter) return
      stopListening = db.signals.listen('log', () => {
        // A look that fails is made up for by the next turn, a second later at most.
        log.look().catch(() => {})
      })
      looks = setInterval(wake, LOOK_MS).unref()
    },
    async stop() {
      if (isOver) return
      clearInterval(looks)
      stopListening()
      isOver = true
      // What stays behind is moved at the next start.
      await settle().catch(() => {})
      cancel()
    },
  }
}

function unitsOf({ before, after, also }: LogRow): number {
  return (before?.length ?? 0) + (after?.length ?? 0) + (also?.length ?? 0)
}
