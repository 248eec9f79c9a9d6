import type { LoggedEvent } from '../log.ts'
import type { CompiledFilter } from '../matching/compile-filter.ts'
import { type Shape, SUBSCRIPTION_LIMITS } from '../subscription.ts'
import { Chain } from './chain.ts'
import { freshItem, type Item, type Outcome, type Result } from './item.ts'
import { pauseAfter } from './pauses.ts'
import type { Pace } from './slots.ts'

/** A subscription as it stands in its row. */
export interface LineFacts {
  readonly key: number
  readonly id: string
  readonly name: string
  readonly workspaceKey: number
  readonly shape: Shape
  readonly target: string
  /** Sealed. */
  readonly secret: string | null
  readonly filter: CompiledFilter
  readonly maxAttempts: number
  readonly ttlMs: number
  readonly ownerKey: number | null
  readonly updatedAt: number
}

/** So many failures in a row, over all subjects, and the receiver is taken to be gone: from then on one is tried. */
const FAILURES_TO_OPEN = 5

/** Lists that are under way at once. */
const BATCHES_UNDER_WAY = 2

/**
 * What goes to one subscription: a chain for each subject. Knows nothing of tables and sockets; tells what may be sent
 * now, and takes what came of it.
 */
export class Line {
  facts: LineFacts
  /** The log is read for it up to here, where it does not follow with the others. */
  readTo: number
  /** What the row says. */
  storedPosition: number
  isAtTail = false
  /** Deleted, disabled or stopped: what still comes back is of no interest. */
  isGone = false
  /** Its last answer took long: it gets one slot among the slow. */
  isSlow = false
  /** It has answered, since this server delivers. Until then one request shows whether it is there. */
  isTried = false
  isReading = false
  underWay = 0
  /** Of its requests. */
  readonly endings = new Set<AbortController>()
  lastToldDead = Number.NEGATIVE_INFINITY
  deadSinceTold = 0
  #failuresInRow = 0
  /** Of the first sending, sent and waiting: what bounds the reading. */
  #load = 0
  #chains = new Map<string, Chain>()
  #ready = new Set<Chain>()
  #readyReplays = new Set<Chain>()
  #sleeping = new Set<Chain>()
  /** Positions whose row stands already above `storedPosition`. */
  readonly #done: Set<number>
  readonly #rows = new Set<string>()
  /** What is not settled, in order of position. */
  #open: Item[] = []
  #openStart = 0

  constructor(facts: LineFacts, position: number, done: Iterable<number> = []) {
    this.facts = facts
    this.readTo = position
    this.storedPosition = position
    this.#done = new Set(done)
  }

  /** The receiver is taken to be gone. */
  get isOpen(): boolean {
    return this.#failuresInRow >= FAILURES_TO_OPEN
  }

  get isFailing(): boolean {
    return this.#failuresInRow > 0
  }

  get pace(): Pace {
    if (this.isSlow || this.isFailing) return 'slow'
    return this.isTried ? 'quick' : 'untried'
  }

  /** Ends what is under way. */
  breakOff(): void {
    for (const ending of this.endings) ending.abort()
  }

  /** Whether more of the log should be read for it. */
  get hasRoom(): boolean {
    return this.isOpen ? this.#load === 0 : this.#load < SUBSCRIPTION_LIMITS.waiting
  }

  /** Whether it is worth reading for it where it is behind: not for one event at a time. */
  get wantsMore(): boolean {
    return this.hasRoom && this.#load < SUBSCRIPTION_LIMITS.waiting / 2
  }

  get isIdle(): boolean {
    return this.#chains.size === 0
  }

  /** An event that its filter lets through. @returns what must be written because the subject is held up */
  offer(event: LoggedEvent, now: number): Result | undefined {
    if (this.#done.delete(event.position)) return undefined
    const item = freshItem(event, this.facts.updatedAt)
    this.#open.push(item)
    return this.#add(item, now)
  }

  /** A delivery that stands in the table and waits. */
  addRow(item: Item, now: number): void {
    const name = `${item.position}.${item.replay}`
    if (this.#rows.has(name)) return
    this.#rows.add(name)
    this.#add(item, now)
  }

  #add(item: Item, now: number): Result | undefined {
    const isReplay = item.replay > 0
    const key = `${isReplay ? 'r' : 'n'}${item.subject}`
    let chain = this.#chains.get(key)
    if (chain === undefined) {
      chain = new Chain(key, isReplay)
      this.#chains.set(key, chain)
    }
    if (!isReplay) this.#load += 1
    chain.add(item)
    if (!chain.isUnderWay) this.#place(chain, now)
    return this.#sleeping.has(chain) && !item.hasRow ? parked(item) : undefined
  }

  #place(chain: Chain, now: number): void {
    this.#ready.delete(chain)
    this.#readyReplays.delete(chain)
    this.#sleeping.delete(chain)
    const { first } = chain
    if (first === undefined) this.#chains.delete(chain.key)
    else if (first.nextAt > now) this.#sleeping.add(chain)
    else (chain.isReplay ? this.#readyReplays : this.#ready).add(chain)
  }

  /** Those whose time has come are ready. */
  rouse(now: number): void {
    for (const chain of [...this.#sleeping]) if (chain.first!.nextAt <= now) this.#place(chain, now)
  }

  /** When the next one that sleeps is due. */
  nextDue(): number | undefined {
    if (this.isOpen) return this.underWay > 0 ? undefined : this.#oldest()?.first?.nextAt
    let due: number | undefined
    for (const { first } of this.#sleeping) if (due === undefined || first!.nextAt < due) due = first!.nextAt
    return due
  }

  /** What goes into the next request; they count as under way from now on. Undefined: nothing, for now. */
  take(now: number): Item[] | undefined {
    if (this.isGone) return undefined
    if (this.isOpen) return this.#probe(now)
    const isBatch = this.facts.shape === 'cloudevents-batch'
    const most = this.pace !== 'quick' ? 1 : isBatch ? BATCHES_UNDER_WAY : SUBSCRIPTION_LIMITS.underWay
    if (this.underWay >= most) return undefined
    const taken = this.#takeFrom(this.#ready, now, isBatch ? SUBSCRIPTION_LIMITS.batch : 1)
    return taken ?? this.#takeFrom(this.#readyReplays, now, isBatch ? SUBSCRIPTION_LIMITS.batch : 1)
  }

  #takeFrom(ready: Set<Chain>, now: number, most: number): Item[] | undefined {
    const taken: Item[] = []
    for (const chain of ready) {
      if (taken.length >= most) break
      const leading = chain.leading(now, most - taken.length)
      // The clock was put back.
      if (leading.length === 0) this.#place(chain, now)
      if (leading.length === 0 || (leading[0]!.isAlone && taken.length > 0)) continue
      ready.delete(chain)
      chain.isUnderWay = true
      taken.push(...leading)
      if (leading[0]!.isAlone) break
    }
    if (taken.length === 0) return undefined
    this.underWay += 1
    return taken.sort((a, b) => a.position - b.position)
  }

  /** The oldest tells whether the receiver is there again; nothing else is sent meanwhile. */
  #probe(now: number): Item[] | undefined {
    if (this.underWay > 0) return undefined
    const chain = this.#oldest()
    if (chain === undefined || chain.first!.nextAt > now) return undefined
    this.#ready.delete(chain)
    this.#readyReplays.delete(chain)
    this.#sleeping.delete(chain)
    chain.isUnderWay = true
    this.underWay += 1
    return [chain.first!]
  }

  #oldest(): Chain | undefined {
    let oldest: Chain | undefined
    for (const chain of this.#chains.values()) {
      if (chain.isUnderWay) continue
      if (oldest === undefined || comesBefore(chain, oldest)) oldest = chain
    }
    return oldest
  }

  /** What came of a request. @returns what the table should say */
  settle(taken: readonly Item[], outcome: Outcome, now: number, random: number): Result[] {
    this.underWay -= 1
    if (outcome.isDelivered) return this.#delivered(taken, outcome, now)
    // Of a list one may be at fault: each goes alone, and those that are good arrive.
    if (outcome.isFinal && taken.length > 1) {
      for (const item of taken) item.isAlone = true
      for (const chain of this.#chainsOf(taken)) this.#release(chain, now)
      return []
    }
    const wasOpen = this.isOpen
    this.#failuresInRow = outcome.isFinal ? 0 : this.#failuresInRow + 1
    if (wasOpen && !this.isOpen) this.#wakeAll(now)
    return this.#chainsOf(taken).flatMap((chain) => this.#failed(chain, outcome, now, random))
  }

  #delivered(taken: readonly Item[], outcome: Outcome, now: number): Result[] {
    const wasOpen = this.isOpen
    this.#failuresInRow = 0
    for (const item of taken) {
      item.attempts += 1
      this.#remove(item)
    }
    for (const chain of this.#chainsOf(taken)) this.#release(chain, now)
    if (wasOpen) this.#wakeAll(now)
    return taken.map((item) => result(item, 'delivered', now, outcome))
  }

  /** Whoever waited for the receiver to come back waits no longer. */
  #wakeAll(now: number): void {
    for (const chain of [...this.#sleeping]) {
      chain.first!.nextAt = now
      this.#place(chain, now)
    }
  }

  #failed(chain: Chain, outcome: Outcome, now: number, random: number): Result[] {
    const item = chain.first!
    const { maxAttempts, ttlMs } = this.facts
    item.attempts += 1
    const nextAt = now + pauseAfter(item.attempts, outcome.retryAfterMs, random)
    if (outcome.isFinal || item.attempts >= maxAttempts || nextAt > item.createdAt + ttlMs) {
      this.#remove(item)
      this.#release(chain, now)
      this.deadSinceTold += isAboutSubscriptions(item) ? 0 : 1
      return [result(item, 'dead', now, outcome)]
    }
    item.nextAt = nextAt
    this.#release(chain, now)
    const behind = chain
      .all()
      .slice(1)
      .filter(({ hasRow }) => !hasRow)
    return [result(item, 'waiting', now, outcome), ...behind.map(parked)]
  }

  /** What has outlived its time while the receiver is gone is given up without another attempt. */
  expire(now: number): Result[] {
    if (!this.isOpen || this.underWay > 0) return []
    const expired: Result[] = []
    for (const chain of [...this.#chains.values()]) {
      const late = chain.all().filter(({ createdAt }) => createdAt + this.facts.ttlMs < now)
      // Those behind are younger: what is late stands in front.
      for (const item of late) {
        this.#remove(item)
        this.deadSinceTold += isAboutSubscriptions(item) ? 0 : 1
        expired.push(result(item, 'dead', now, EXPIRED))
      }
      if (late.length > 0) this.#release(chain, now)
    }
    return expired
  }

  /** Takes what the owner may not see out of the way. */
  skip(taken: readonly Item[], now: number): Result[] {
    this.underWay -= 1
    for (const item of taken) this.#remove(item)
    for (const chain of this.#chainsOf(taken)) this.#release(chain, now)
    return taken.map((item) =>
      item.hasRow
        ? result(item, 'dead', now, HIDDEN)
        : { item, state: 'skipped', nextAt: null, lastAt: null, status: null, error: '', durationMs: null },
    )
  }

  /** Gives back what was not sent after all. */
  giveBack(taken: readonly Item[], now: number): void {
    this.underWay -= 1
    for (const chain of this.#chainsOf(taken)) this.#release(chain, now)
  }

  #remove(item: Item): void {
    const chain = this.#chainOf(item)
    chain.remove(item)
    if (item.replay === 0) this.#load -= 1
    this.#rows.delete(`${item.position}.${item.replay}`)
  }

  #release(chain: Chain, now: number): void {
    chain.isUnderWay = false
    this.#place(chain, now)
  }

  #chainOf({ replay, subject }: Item): Chain {
    return this.#chains.get(`${replay > 0 ? 'r' : 'n'}${subject}`)!
  }

  #chainsOf(taken: readonly Item[]): Chain[] {
    return [...new Set(taken.map((item) => this.#chainOf(item)))]
  }

  /** Every event up to here is settled. @param tail how far those that follow have read */
  position(tail: number): number {
    while (this.#openStart < this.#open.length && this.#open[this.#openStart]!.isSettled) this.#openStart += 1
    if (this.#openStart > 256 && this.#openStart * 2 > this.#open.length) {
      this.#open = this.#open.slice(this.#openStart)
      this.#openStart = 0
    }
    const first = this.#open[this.#openStart]
    if (first !== undefined) return first.position - 1
    return this.isAtTail ? Math.max(tail, this.readTo) : this.readTo
  }
}

/** First sendings before replays, then by position. */
function comesBefore(a: Chain, b: Chain): boolean {
  if (a.isReplay !== b.isReplay) return !a.isReplay
  return a.first!.position < b.first!.position
}

const isAboutSubscriptions = ({ type }: Item) => type.startsWith('subscription.')

const EXPIRED = { status: null, error: 'The receiver did not take it in time.', durationMs: null }
const HIDDEN = {
  status: null,
  error: 'The owner of the subscription may no longer see it.',
  durationMs: null,
}

function result(
  item: Item,
  state: 'delivered' | 'dead' | 'waiting',
  now: number,
  { status, error, durationMs }: Pick<Outcome, 'status' | 'error'> & { durationMs: number | null },
): Result {
  item.hasRow = true
  const nextAt = state === 'waiting' ? item.nextAt : null
  return { item, state, nextAt, lastAt: now, status, error, durationMs }
}

/** It waits for an earlier one of its subject, in the table: the position may pass it. */
function parked(item: Item): Result {
  item.hasRow = true
  return { item, state: 'waiting', nextAt: null, lastAt: null, status: null, error: '', durationMs: null }
}
