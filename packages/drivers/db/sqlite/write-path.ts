/*
 * How a write becomes durable, drawn once:
 *
 *   inTx(verb) ─▶ queue ─▶ one turn of the loop:  BEGIN
 *                                                 SAVEPOINT · verb · RELEASE      (or ROLLBACK TO: that verb only)
 *                                                 SAVEPOINT · verb · RELEASE
 *                                                 what the verbs have left is gathered
 *                                                 COMMIT ─▶ caches learn
 *                              on another thread: fdatasync of the WAL
 *                          ─▶ the answers of the group go out
 *
 * - Verbs run strictly one after another. They settle in microtasks, so a group needs no turn of the loop of its
 *   own; two verbs that interleaved would release each other's savepoints ("A refused, B acknowledged", and an
 *   empty table). Hence the rule: inside inTx only `tx` may be awaited. A verb that still waits at the next
 *   setImmediate is rolled back.
 * - The next group commits while a sync runs. An answer waits for a sync that began after its COMMIT.
 * - `synchronous=NORMAL` plus this sync is as durable as FULL, which differs from it by exactly this sync, but
 *   never lets the loop wait for the disk: 561 k points/s against 490-533 k, p99 4.8 ms against 13-21 ms
 *   for 64 single writers.
 * - A verb that failed also waits for the sync: what it was refused for may be a row of an unsynced group.
 * - A failed COMMIT refuses its group. A failed sync refuses everybody and is fatal: after it the kernel may have
 *   dropped the dirty pages and calls them clean, so nothing short of a restart tells what is on disk.
 */
import type { Limits } from '../bound.ts'
import type { Tx } from '../database.ts'
import { gatherAll } from '../gathering.ts'
import { tellLearnings } from '../learnings.ts'
import { unavailable } from '../problems.ts'
import { Prepared } from './connection.ts'
import { Durability } from './durability.ts'
import { toProblem } from './faults.ts'
import type { LoopConnection } from './loop-connection.ts'
import type { Syncer } from './sync.ts'
import { SqliteTx } from './tx.ts'
import { VerbQueue, type Waiting } from './verb-queue.ts'

export interface WriteLimits extends Limits {
  /** How long the verbs of one group may hold the loop before it commits what it has, in ms. @default 10 */
  readonly turnMs: number
}

export interface WritePathParts {
  readonly connection: LoopConnection
  readonly syncer: Syncer
  readonly limits: WriteLimits
  readonly hasRoom: () => boolean
  /** Called when durability can no longer be promised; should end the process. */
  readonly onFatal: (error: Error) => void
  /** Called after every COMMIT that wrote. */
  readonly onCommit: () => void
}

/** How a verb ended; becomes the caller's answer when its group is durable. */
type Outcome =
  | { readonly waiting: Waiting; readonly ok: true; readonly value: unknown; readonly tx: SqliteTx }
  | { readonly waiting: Waiting; readonly ok: false; readonly error: unknown }

const PENDING =
  'A verb was rolled back because it waited for something else than its tx: only tx may be awaited inside inTx.'
const OVER = 'This tx has ended; a call of it came too late: await every call inside inTx.'

export class WritePath {
  readonly #parts: WritePathParts
  readonly #queue: VerbQueue
  readonly #durability: Durability
  readonly #say: Record<'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollbackTo', Prepared>
  #isScheduled = false
  #isRunning = false
  #isHeld = false
  #whenStill: (() => void) | undefined
  #abandonVerb: (() => void) | undefined

  constructor(parts: WritePathParts) {
    this.#parts = parts
    this.#queue = new VerbQueue(parts.limits)
    this.#durability = new Durability(parts.syncer, parts.onFatal)
    const prepare = (sql: string) => new Prepared(parts.connection.database, sql)
    this.#say = {
      begin: prepare('begin immediate'),
      commit: prepare('commit'),
      rollback: prepare('rollback'),
      savepoint: prepare('savepoint verb'),
      release: prepare('release verb'),
      rollbackTo: prepare('rollback to verb'),
    }
  }

  add<T>(verb: (tx: Tx) => Promise<T>, bytes: number): Promise<T> {
    const answer = this.#queue.add(verb, bytes)
    this.#schedule()
    return answer
  }

  get unanswered(): number {
    return this.#queue.unanswered
  }

  /** Lets no further group begin until `release`. Resolves when none runs. */
  hold(): Promise<void> {
    this.#isHeld = true
    return new Promise((resolve) => {
      if (this.#isRunning) this.#whenStill = resolve
      else resolve()
    })
  }

  release(): void {
    this.#isHeld = false
    this.#schedule()
  }

  /** Finishes what was accepted. */
  close(): Promise<void> {
    return this.#queue.close()
  }

  /** setImmediate, because it comes after all requests that this turn of the loop has read from their sockets. */
  #schedule(): void {
    if (this.#isScheduled || this.#isRunning || this.#isHeld || this.#queue.isEmpty) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      if (!this.#isHeld) void this.#turn()
    })
  }

  async #turn(): Promise<void> {
    this.#isRunning = true
    const stopWatching = this.#watch()
    const outcomes = await this.#group().catch((error) => this.#broken(error))
    stopWatching()
    this.#answer(outcomes)
    this.#isRunning = false
    this.#whenStill?.()
    this.#whenStill = undefined
    this.#schedule()
  }

  /** A verb that is still pending when the loop has turned waits for something that is not its tx. */
  #watch(): () => void {
    const look = () => {
      this.#abandonVerb?.()
      watch = setImmediate(look)
    }
    let watch = setImmediate(look)
    return () => clearImmediate(watch)
  }

  async #group(): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    try {
      this.#say.begin.run([])
    } catch (error) {
      return this.#refuseQueue(error)
    }
    const until = performance.now() + this.#parts.limits.turnMs
    for (let waiting = this.#queue.take(); waiting !== undefined; ) {
      const outcome = await this.#verb(waiting)
      outcomes.push(outcome)
      // Some errors (disk full, I/O) make SQLite roll back the whole transaction, and with it the other verbs.
      if (!outcome.ok && !this.#parts.connection.database.isTransaction)
        return refuse(outcomes, outcome.error)
      waiting = performance.now() < until ? this.#queue.take() : undefined
    }
    const last = new SqliteTx(this.#parts.connection)
    const left = outcomes.flatMap((outcome) => (outcome.ok ? outcome.tx.left : []))
    try {
      if (left.length > 0) await this.#whileTurning(gatherAll(last, left))
      last.end(OVER)
    } catch (error) {
      last.end(OVER)
      return this.#refuseGroup(outcomes, error)
    }
    return this.#committed(outcomes, last)
  }

  async #verb(waiting: Waiting): Promise<Outcome> {
    const tx = new SqliteTx(this.#parts.connection)
    try {
      this.#say.savepoint.run([])
      const value = await this.#whileTurning(waiting.verb(tx))
      tx.end(OVER)
      this.#say.release.run([])
      return { waiting, ok: true, value, tx }
    } catch (error) {
      tx.end(OVER)
      if (this.#parts.connection.database.isTransaction) {
        this.#say.rollbackTo.run([])
        this.#say.release.run([])
      }
      return { waiting, ok: false, error: toProblem(error, this.#parts.hasRoom) }
    }
  }

  /** Rejects if it still waits at the next turn of the loop. */
  async #whileTurning<T>(work: Promise<T>): Promise<T> {
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#abandonVerb = () => reject(new Error(PENDING))
        work.then(resolve, reject)
      })
    } finally {
      this.#abandonVerb = undefined
    }
  }

  #refuseGroup(outcomes: readonly Outcome[], error: unknown): Outcome[] {
    if (this.#parts.connection.database.isTransaction) this.#say.rollback.run([])
    const problem = toProblem(error, this.#parts.hasRoom)
    return refuse(outcomes, problem === error ? unavailable(error) : problem)
  }

  #committed(outcomes: Outcome[], last: SqliteTx): Outcome[] {
    try {
      this.#say.commit.run([])
    } catch (error) {
      return this.#refuseGroup(outcomes, error)
    }
    if (last.wrote || outcomes.some((outcome) => outcome.ok && outcome.tx.wrote)) {
      this.#durability.committed()
      this.#parts.onCommit()
    }
    for (const outcome of outcomes) if (outcome.ok) tellLearnings(outcome.tx.learnings)
    tellLearnings(last.learnings)
    return outcomes
  }

  #answer(outcomes: readonly Outcome[]): void {
    this.#durability.after((failure) => {
      for (const outcome of outcomes) {
        if (failure !== undefined) this.#queue.reject(outcome.waiting, unavailable(failure))
        else if (outcome.ok) this.#queue.resolve(outcome.waiting, outcome.value)
        else this.#queue.reject(outcome.waiting, outcome.error)
      }
    })
  }

  /** SQLite refused what it never refuses (BEGIN, ROLLBACK TO): nobody knows what is written, so nothing goes on. */
  #broken(error: unknown): Outcome[] {
    this.#parts.onFatal(error as Error)
    return []
  }

  #refuseQueue(error: unknown): Outcome[] {
    const outcomes: Outcome[] = []
    const problem = toProblem(error, this.#parts.hasRoom)
    for (let waiting = this.#queue.take(); waiting !== undefined; waiting = this.#queue.take()) {
      outcomes.push({ waiting, ok: false, error: problem })
    }
    return outcomes
  }
}

/**
 * Nothing of the group was kept: who thought to have succeeded is refused too, and so is who failed, perhaps over a row of
 * it.
 */
function refuse(outcomes: readonly Outcome[], error: unknown): Outcome[] {
  return outcomes.map(({ waiting }) => ({ waiting, ok: false, error }))
}
