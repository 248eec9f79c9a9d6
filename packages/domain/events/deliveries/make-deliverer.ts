import type { Deliverer } from '../subscriptions.ts'
import { type AttemptDeps, makeAttempt } from './attempt.ts'
import type { DelivererDeps } from './deliverer-deps.ts'
import { makeFeed } from './feed.ts'
import type { Item, Result } from './item.ts'
import { BEAT_MS, LeaseLost, makeLease } from './lease.ts'
import { Line } from './line.ts'
import { type LoadedDeliveries, type LoadedLine, loadDeliveries, loadLines } from './load-lines.ts'
import { removeOld } from './remove-old.ts'
import { makeSend } from './send.ts'
import { type Pace, type Slot, Slots } from './slots.ts'
import { systemTimers } from './timers.ts'
import { type LineResult, writeResults } from './write-results.ts'

/** A deliverer that is begun, and that a test may wait for. */
export interface StartableDeliverer extends Deliverer {
  /** Takes the lease if it is free; otherwise waits for it in the background. */
  start(): Promise<void>
  /** Whether this server is the one that delivers. */
  readonly isActive: boolean
  /** Resolves when everything that can be sent now has been, and is written. */
  settle(): Promise<void>
}

/** Results are written together: after so many ms, or when there are so many. */
const WRITE_EVERY_MS = 50
const WRITE_AT = 500
/** More than so many that cannot be written, and nothing is sent until they can. */
const MOST_UNWRITTEN = 5_000
const RETRY_MS = 1_000

/** At the end, for requests that are under way. */
const GRACE_MS = 1_000

/** How often the rows are looked at anew, where another server may have changed them and its word was lost. */
const REFRESH_MS = 5_000

/** How often the positions of those who had nothing to get are written, and old deliveries removed. */
const TIDY_MS = 10_000

/** An answer that takes longer makes its receiver one of the slow. */
const SLOW_MS = 1_000

/**
 * A request that takes longer leaves its slot to others and goes on among the slow, in ms. As long, at most, does a
 * receiver that answers wait for each 128 that have just begun to hang.
 */
const LATE_MS = { quick: 500, untried: 250 } as const

/** Its place went to another that had just begun to hang. */
const CROWDED_OUT = 'The receiver had not answered when too many others took long as well.'

/*
 * One server at a time delivers. A feed reads the log once for all subscriptions that keep up, and gives each line what
 * its filter lets through; a line says what may go; what came of it is written, many results in one transaction,
 * together with the positions. Receivers that hang or fail take none of the slots of the others (`slots.ts`).
 */
export function makeDeliverer(deps: DelivererDeps): StartableDeliverer {
  const { db, log, signals, clock, timers = systemTimers, random = Math.random, onFailure = () => {} } = deps
  const lease = makeLease(db, 'deliveries', deps.holder ?? crypto.randomUUID(), deps.monotonic)
  const names = new Map<number, string>()
  const attemptDeps: AttemptDeps = { ...deps, reads: db.read }
  const send = makeSend(deps, makeAttempt(attemptDeps), nameOf)
  const slots = new Slots()
  const lines = new Map<number, Line>()
  const feed = makeFeed({ log, clock, offered, wake, onFailure: failedToRead })
  let isActive = false
  let isStopped = false
  let isWanted = false
  let unwritten: LineResult[] = []
  let writing: Promise<void> | undefined
  let cancelWrite: (() => void) | undefined
  let cancelDue: (() => void) | undefined
  let stops: (() => void)[] = []
  let loading: Promise<void> = Promise.resolve()
  let looking: Promise<void> = Promise.resolve()
  let tidied = clock()
  let idlers: (() => void)[] = []
  let pausedUntilWritten = false
  /** It is tried again after a while, not with the next result. */
  let hasFailedToWrite = false
  let writes = 0
  let turns = 0

  async function nameOf(workspaceKey: number): Promise<string | undefined> {
    const known = names.get(workspaceKey)
    if (known !== undefined) return known
    const name = await deps.findWorkspaceName(db.read, workspaceKey)
    if (name !== undefined) names.set(workspaceKey, name)
    return name
  }

  function failedToRead(error: unknown): Promise<void> {
    onFailure(error)
    return new Promise((resolve) => timers.after(RETRY_MS, resolve))
  }

  // — sending —

  /** Results of events that were offered to a subject that is held up. */
  function offered(line: Line, result: Result | undefined): void {
    if (result !== undefined) keep(line, [result])
  }

  function wake(): void {
    if (isWanted || !isActive) return
    isWanted = true
    setImmediate(pump)
  }

  function pump(): void {
    isWanted = false
    if (!isActive || isStopped) {
      settled()
      return
    }
    feed.read(lines.values())
    const now = clock()
    const busy: Line[] = []
    for (const line of lines.values()) {
      if (line.isIdle) continue
      if (line.isOpen) keep(line, line.expire(now))
      line.rouse(now)
      busy.push(line)
    }
    if (!pausedUntilWritten && lease.isFresh()) sendInTurns(busy, now)
    planDue(now)
    settled()
  }

  /**
   * One request of each in turn, from another one on each time: where many have begun to hang, none of them takes the
   * slots of a round for itself, and nobody waits behind all of them.
   */
  function sendInTurns(busy: readonly Line[], now: number): void {
    if (busy.length === 0) return
    const begin = turns++ % busy.length
    let left = [...busy.slice(begin), ...busy.slice(0, begin)]
    while (left.length > 0) left = left.filter((line) => sendOne(line, now))
  }

  function sendOne(line: Line, now: number): boolean {
    const { pace } = line
    const taken = slots.hasRoom(pace) ? line.take(now) : undefined
    if (taken === undefined) return false
    void deliver(line, taken, pace)
    return true
  }

  async function deliver(line: Line, taken: Item[], pace: Pace): Promise<void> {
    const ending = new AbortController()
    let isCrowdedOut = false
    const slot = slots.enter(pace, () => {
      isCrowdedOut = true
      ending.abort()
    })
    line.endings.add(ending)
    const unmark = pace === 'slow' ? () => {} : timers.after(LATE_MS[pace], () => markSlow(line, slot))
    try {
      const found = await send(line, taken, ending.signal)
      const now = clock()
      if (line.isGone) return
      if (found.kind === 'stopped') return drop(line)
      // Broken off by ourselves: that is no failure of the receiver.
      if (isStopped && found.kind === 'sent' && !found.outcome.isDelivered) return line.giveBack(taken, now)
      if (found.kind === 'nothing') keep(line, line.skip(taken, now))
      else if (found.kind === 'partly') {
        line.giveBack(taken, now)
        line.underWay += 1
        keep(line, line.skip(found.hidden, now))
      } else {
        const { outcome } = found
        line.isSlow = isCrowdedOut || outcome.durationMs > SLOW_MS
        line.isTried ||= outcome.isDelivered
        const told = isCrowdedOut && !outcome.isDelivered ? { ...outcome, error: CROWDED_OUT } : outcome
        keep(line, line.settle(taken, told, now, random()))
      }
    } catch (error) {
      // The database: what was taken stays where it is and is tried again.
      await failedToRead(error)
      if (!line.isGone) line.giveBack(taken, clock())
    } finally {
      unmark()
      line.endings.delete(ending)
      slot.leave()
      wake()
    }
  }

  function markSlow(line: Line, slot: Slot): void {
    line.isSlow = true
    slot.makeSlow()
    wake()
  }

  function planDue(now: number): void {
    cancelDue?.()
    cancelDue = undefined
    let due: number | undefined
    for (const line of lines.values()) {
      if (line.isIdle) continue
      const next = line.nextDue()
      // What is due already has just found no slot, no lease or no room for its result: whoever gives it wakes.
      if (next !== undefined && next > now && (due === undefined || next < due)) due = next
    }
    // A long wait is looked at anew in between: the clock may be put forward.
    if (due !== undefined) cancelDue = timers.after(Math.min(due - now, 60_000), wake)
  }

  // — writing —

  function keep(line: Line, results: readonly Result[]): void {
    if (results.length === 0) return
    for (const result of results) unwritten.push({ line, result })
    if (unwritten.length >= MOST_UNWRITTEN) pausedUntilWritten = true
    if (unwritten.length >= WRITE_AT && !hasFailedToWrite) {
      cancelWrite?.()
      cancelWrite = undefined
      void write()
    } else planWrite(WRITE_EVERY_MS)
  }

  function planWrite(ms: number): void {
    if (writing !== undefined) return
    cancelWrite ??= timers.after(ms, () => {
      cancelWrite = undefined
      void write()
    })
  }

  function write(also: ReadonlySet<Line> = new Set()): Promise<void> {
    writing ??= writeNow(also).finally(() => {
      writing = undefined
      if (unwritten.length >= WRITE_AT && !hasFailedToWrite) void write()
      else if (unwritten.length > 0) planWrite(WRITE_EVERY_MS)
      wake()
    })
    return writing
  }

  async function writeNow(also: ReadonlySet<Line>): Promise<void> {
    writes += 1
    const results = unwritten.filter(({ line }) => !line.isGone)
    unwritten = []
    const moved = new Set([...results.map(({ line }) => line), ...also])
    if (moved.size === 0) {
      pausedUntilWritten = false
      hasFailedToWrite = false
      return
    }
    try {
      await writeResults({ db, emit: deps.emit, lease, nameOf }, results, moved, feed.tail, clock())
      pausedUntilWritten = false
      hasFailedToWrite = false
    } catch (error) {
      if (error instanceof LeaseLost) return lose()
      onFailure(error)
      hasFailedToWrite = true
      unwritten = [...results, ...unwritten]
      cancelWrite ??= timers.after(RETRY_MS, () => {
        cancelWrite = undefined
        void write()
      })
    }
  }

  // — which subscriptions there are —

  function drop(line: Line): void {
    line.isGone = true
    line.breakOff()
    lines.delete(line.facts.key)
    feed.index(lines.values())
  }

  /** After what was asked for before: two readings must not overtake each other. */
  function refresh(workspaceKey?: number): Promise<void> {
    loading = loading.then(() => load(workspaceKey)).catch(onFailure)
    return loading
  }

  async function load(workspaceKey?: number): Promise<void> {
    if (!isActive) return
    const { found, deliveries } = await readLines(workspaceKey)
    const keys = new Set(found.map(({ facts }) => facts.key))
    const isOver = ({ facts }: Line) =>
      (workspaceKey === undefined || facts.workspaceKey === workspaceKey) && !keys.has(facts.key)
    // What has just arrived is written first: switched on again, it would be sent again.
    if (unwritten.some(({ line }) => isOver(line))) await write()
    if (!isActive) return
    // At once from here on: a line that is not in the index would miss what is read meanwhile.
    for (const line of [...lines.values()].filter(isOver)) drop(line)
    const begun = found.filter(({ facts }) => !lines.has(facts.key)).map((one) => beginLine(one, deliveries))
    if (lines.size === 0) feed.begin(begun)
    for (const { facts } of found) {
      const line = lines.get(facts.key)
      if (line === undefined) continue
      if (line.facts.updatedAt !== facts.updatedAt) line.facts = facts
      for (const item of deliveries.waiting.get(facts.key) ?? []) {
        // Sent again on somebody's wish; of what waits by itself the line knows.
        if (item.replay > 0) line.addRow(item, clock())
      }
    }
    for (const line of begun) lines.set(line.facts.key, line)
    feed.index(lines.values())
    wake()
  }

  function beginLine({ facts, position }: LoadedLine, { waiting, done }: LoadedDeliveries): Line {
    const line = new Line(facts, position, done.get(facts.key))
    for (const item of waiting.get(facts.key) ?? []) line.addRow(item, clock())
    return line
  }

  /** Not while results are written: what is just done would seem to wait. */
  async function readLines(workspaceKey?: number) {
    for (;;) {
      while (writing !== undefined) await writing
      const before = writes
      const read = await db.scan(async (reads) => ({
        found: await loadLines(reads, workspaceKey),
        deliveries: await loadDeliveries(reads, workspaceKey),
      }))
      if (writes !== before) continue
      const done = new Set(unwritten.map(({ line, result }) => nameOfItem(line.facts.key, result.item)))
      const waiting = new Map(
        [...read.deliveries.waiting].map(([key, items]) => [
          key,
          items.filter((item) => !done.has(nameOfItem(key, item))),
        ]),
      )
      return { found: read.found, deliveries: { waiting, done: read.deliveries.done } }
    }
  }

  // — which server delivers —

  function look(): Promise<void> {
    looking = lookNow()
    return looking
  }

  async function lookNow(): Promise<void> {
    try {
      const wasFresh = lease.isFresh()
      const isHeld = await lease.hold()
      if (isStopped) return
      if (isHeld && !isActive) await become()
      else if (!isHeld && isActive) lose()
      else if (!wasFresh) wake()
    } catch (error) {
      onFailure(error)
    }
  }

  async function become(): Promise<void> {
    isActive = true
    feed.begin([])
    await refresh()
  }

  function lose(): void {
    isActive = false
    for (const line of [...lines.values()]) drop(line)
    unwritten = []
    pausedUntilWritten = false
    hasFailedToWrite = false
    cancelDue?.()
    settled()
  }

  async function tidy(): Promise<void> {
    if (!isActive || clock() - tidied < TIDY_MS) return
    tidied = clock()
    const behind = [...lines.values()].filter((line) => line.position(feed.tail) > line.storedPosition)
    if (behind.length > 0 && writing === undefined) await write(new Set(behind))
    await removeOld(db, clock())
  }

  function every(ms: number, step: () => Promise<void>): void {
    let cancel = () => {}
    const again = () => {
      cancel = timers.after(ms, () => void step().catch(onFailure).finally(again))
    }
    again()
    stops.push(() => {
      cancel()
      cancel = () => {}
    })
  }

  // — for tests and the end —

  function isQuiet(): boolean {
    if (unwritten.length > 0 || writing !== undefined || slots.underWay > 0 || isWanted) return false
    if (isActive && feed.isBehind(lines.values())) return false
    if (!lease.isFresh()) return true
    const now = clock()
    return [...lines.values()].every((line) => line.isIdle || (line.nextDue() ?? Infinity) > now)
  }

  function settled(): void {
    if (idlers.length === 0) return
    if (!isQuiet()) {
      if (unwritten.length > 0 && writing === undefined) void write()
      else setImmediate(wakeOrSettle)
      return
    }
    const all = idlers
    idlers = []
    for (const idle of all) idle()
  }

  function wakeOrSettle(): void {
    if (isActive && !isStopped) wake()
    else settled()
  }

  return {
    get isActive() {
      return isActive
    },
    wake,
    async start() {
      stops.push(log.onGrown(wake))
      stops.push(
        signals.listen('subscriptions', (word) => void refresh(word === '' ? undefined : Number(word))),
      )
      await look()
      every(BEAT_MS, look)
      every(TIDY_MS, tidy)
      if (!db.can.soleWriter) every(REFRESH_MS, () => refresh())
    },
    async settle() {
      // With a lease that is not renewed yet nothing would be sent.
      await looking
      await loading
      await new Promise<void>((resolve) => {
        idlers.push(resolve)
        wakeOrSettle()
      })
    },
    async stop() {
      if (isStopped) return
      isStopped = true
      for (const stop of stops) stop()
      stops = []
      cancelDue?.()
      await loading
      // What is nearly there may arrive: it need not be sent again.
      const grace = setTimeout(() => {
        for (const line of lines.values()) line.breakOff()
      }, GRACE_MS)
      await slots.whenEmpty()
      clearTimeout(grace)
      cancelWrite?.()
      while (writing !== undefined) await writing
      if (!isActive) return
      // Once more, and then whoever comes next may begin at once.
      await writeNow(new Set([...lines.values()].filter(isBehindRow)))
      isActive = false
      await lease.drop().catch(onFailure)
    },
  }

  function isBehindRow(line: Line): boolean {
    return line.position(feed.tail) > line.storedPosition
  }
}

const nameOfItem = (line: number, { position, replay }: Item) => `${line}.${position}.${replay}`
