import { firstHash, type LogRow, nextHash } from '../../events/index.ts'
import { AUDIT_LIMITS, type ChainFault } from '../audit.ts'

/** Where a chain is known to be whole. */
export interface ChainEnd {
  readonly number: number
  readonly position: number
  readonly hash: string
}

export const chainStart = (workspaceKey: number): ChainEnd => ({
  number: 0,
  position: 0,
  hash: firstHash(workspaceKey),
})

/** Rows that wait for those before them, at most: what comes later than that is missing where it should be. */
const LOOK_AHEAD = 1_000

interface Arrived {
  readonly row: LogRow
  /** Rows that belong behind it came before it. */
  readonly isLate: boolean
}

/**
 * Checks the chain of one workspace, row by row in the order of positions. Rows are put in the order of their numbers and
 * each is looked at when the one behind it is there: of two rows with one number the right one is that which the next
 * names.
 */
export class ChainChecker {
  readonly faults: ChainFault[] = []
  looked = 0
  /** Number of the head when the check began. */
  readonly #last: number
  /** The last event that was come to. */
  #end: ChainEnd
  /** The next may stand behind any of these; none: it stands behind a gap, and is believed. */
  #hashes: readonly string[]
  /** The highest position so far. */
  #passed: number
  readonly #waiting = new Map<number, Arrived[]>()
  #waits = 0
  #highestWaiting = 0
  /** Rows of numbers that were passed or never given. */
  #strays: LogRow[] = []
  readonly #missing = new Map<number, ChainFault>()

  constructor(start: ChainEnd, lastNumber: number) {
    this.#end = start
    this.#hashes = [start.hash]
    this.#passed = start.position
    this.#last = lastNumber
  }

  get end(): ChainEnd {
    return this.#end
  }

  add(row: LogRow): void {
    this.looked += 1
    const { number } = row
    if (number <= this.#end.number || number > this.#last) {
      this.#stray(row)
      return
    }
    const arrived = { row, isLate: number < this.#highestWaiting }
    const rivals = this.#waiting.get(number)
    if (rivals === undefined) this.#waiting.set(number, [arrived])
    else rivals.push(arrived)
    this.#waits += 1
    this.#highestWaiting = Math.max(this.#highestWaiting, number)
    while (this.#waiting.has(this.#next) && this.#waiting.has(this.#next + 1)) this.#settle()
    while (this.#waits > LOOK_AHEAD) this.#step()
  }

  /** Nothing follows. @param head where the chain must end; left out where it goes on */
  finish(head?: ChainEnd): void {
    while (this.#waits > 0) this.#step()
    while (this.#end.number < this.#last && this.#findRenumbered()) {
      // the last ones
    }
    const strays = this.#strays.splice(0)
    for (const row of strays) this.#tellStray(row)
    if (head !== undefined) this.#compare(head)
  }

  get #next(): number {
    return this.#end.number + 1
  }

  #step(): void {
    if (this.#waiting.has(this.#next)) this.#settle()
    else if (!this.#findRenumbered()) this.#leap()
  }

  /** Decides which row is the event of the next number, and whether it is as it was written. */
  #settle(): void {
    const arrived = this.#waiting.get(this.#next)!
    this.#waiting.delete(this.#next)
    this.#waits -= arrived.length
    const behind = (this.#waiting.get(this.#next + 1) ?? []).map(({ row }) => row)
    const weighed = arrived.map((each) => this.#weigh(each, behind))
    const right = weighed.reduce((best, each) => (each.weight > best.weight ? each : best))
    for (const each of weighed) {
      if (each !== right)
        this.#fault('added', each.row, `a second event of number ${each.row.number} stands here`)
    }
    if (!right.fits) {
      const isMoved = right.isLate || right.row.position < this.#passed
      if (isMoved) this.#fault('reordered', right.row, 'it stands in another place than it was written to')
      else this.#fault('changed', right.row, 'what it says is not what was written')
    }
    this.#goOn(right.row, [right.row.hash, right.computed])
  }

  #weigh({ row, isLate }: Arrived, behind: readonly LogRow[]) {
    const computed = this.#computed(row)
    const fits = computed === row.hash
    const isNamed = behind.some((next) => {
      return nextHash(row.hash, next) === next.hash || nextHash(computed, next) === next.hash
    })
    return { row, isLate, computed, fits, weight: (isNamed ? 2 : 0) + (fits ? 1 : 0) }
  }

  /** What its hash must be; where that can be several, the one that it has. */
  #computed(row: LogRow): string {
    const all = this.#hashes.map((hash) => nextHash(hash, row))
    return all.length === 0 || all.includes(row.hash) ? row.hash : all[0]!
  }

  #goOn({ number, position, hash }: LogRow, hashes: readonly string[]): void {
    this.#end = { number, position, hash }
    this.#hashes = [...new Set(hashes)]
    this.#passed = Math.max(this.#passed, position)
  }

  /** A row that would be right if it had the next number. */
  #findRenumbered(): boolean {
    const number = this.#next
    const isIt = (row: LogRow) => this.#hashes.some((hash) => nextHash(hash, { ...row, number }) === row.hash)
    for (const [key, arrived] of this.#waiting) {
      const found = arrived.find(({ row }) => isIt(row))
      if (found === undefined) continue
      const rest = arrived.filter((each) => each !== found)
      if (rest.length > 0) this.#waiting.set(key, rest)
      else this.#waiting.delete(key)
      this.#waits -= 1
      this.#tellRenumbered(found.row, number)
      return true
    }
    const stray = this.#strays.find(isIt)
    if (stray === undefined) return false
    this.#strays = this.#strays.filter((row) => row !== stray)
    this.#tellRenumbered(stray, number)
    return true
  }

  #tellRenumbered(row: LogRow, number: number): void {
    this.#fault('changed', row, `its number was ${number} and is ${row.number}`)
    this.#goOn({ ...row, number }, [row.hash])
  }

  /** Gives up on the numbers before the first that waits. */
  #leap(): void {
    const first = Math.min(...this.#waiting.keys())
    const next = this.#next
    const { row } = this.#waiting.get(first)![0]!
    const which =
      first - next === 1
        ? `the event of number ${next} is`
        : `the events of numbers ${next} to ${first - 1} are`
    const fault: ChainFault = {
      ...{ position: this.#end.position + 1, number: next, kind: 'missing' },
      says: sentence(`${which} missing, between positions ${this.#end.position} and ${row.position}`),
    }
    if (!this.#isFull) this.faults.push(fault)
    for (let number = next; number < Math.min(first, next + LOOK_AHEAD); number++)
      this.#missing.set(number, fault)
    this.#end = { ...this.#end, number: first - 1 }
    this.#hashes = []
  }

  #stray(row: LogRow): void {
    if (this.#strays.length < LOOK_AHEAD) this.#strays.push(row)
    else this.#tellStray(row)
  }

  #tellStray(row: LogRow): void {
    const fault = this.#missing.get(row.number)
    if (fault !== undefined) {
      this.#missing.delete(row.number)
      const isAllBack = ![...this.#missing.values()].includes(fault)
      if (isAllBack && this.faults.includes(fault)) this.faults.splice(this.faults.indexOf(fault), 1)
      this.#fault('reordered', row, 'it stands in another place than it was written to')
    } else if (row.number > this.#last) {
      this.#fault('added', row, `its number ${row.number} is beyond the last, ${this.#last}`)
    } else this.#fault('added', row, `another event of number ${row.number} stands elsewhere`)
  }

  #compare(head: ChainEnd): void {
    const { number, hash } = this.#end
    if (number === head.number && hash === head.hash) return
    // The last event is named already.
    if (number === head.number && this.faults.some((fault) => fault.number === number)) return
    const says =
      number < head.number
        ? `by its head the chain has ${head.number} events, and it ends with number ${number}: those behind it are missing`
        : `the chain ends with the hash ${hash}, and by its head with ${head.hash}`
    this.faults.push({ position: head.position, number: head.number, kind: 'head', says: sentence(says) })
  }

  get #isFull(): boolean {
    return this.faults.length >= AUDIT_LIMITS.faults
  }

  #fault(kind: ChainFault['kind'], { position, number }: LogRow, says: string): void {
    if (!this.#isFull) this.faults.push({ position, number, kind, says: sentence(says) })
  }
}

const sentence = (says: string) => `${says[0]!.toUpperCase()}${says.slice(1)}.`
