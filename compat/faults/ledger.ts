import { openSync, readFileSync, writeSync } from 'node:fs'

/**
 * One thing that an operation writes: some content at some place. A place that is not `rewritable` takes one
 * content for ever; the others show the last one, and only one worker writes to each of them.
 */
export interface Cell {
  readonly place: string
  readonly content: string
  readonly rewritable?: boolean
}

/** `unknown`: no answer, half an answer, or a 5xx that promises nothing. */
export type Outcome = 'ok' | 'failed' | 'unknown'

/** One operation, from the moment before it was sent. */
export interface Entry {
  readonly id: number
  readonly kind: string
  readonly cells: readonly Cell[]
  readonly outcome: Outcome
}

type Line = { readonly id: number; readonly kind: string; readonly cells: readonly Cell[] } | Answer
type Answer = { readonly id: number; readonly outcome: Outcome; readonly gave?: string }

/** What an operation writes when its answer is what names it, such as the id of a new run. */
export const TOLD_BY_ANSWER = '?'

/** The file of what was asked and what was answered. A line is written before its request leaves. */
export class Ledger {
  readonly #file: number
  readonly #path: string
  #next = 0

  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'ax')
  }

  /** A number that no other operation of this ledger has. */
  unique(): number {
    return this.#next++
  }

  /** @returns what to call with the answer */
  begin(kind: string, cells: readonly Cell[]): (outcome: Outcome, gave?: string) => void {
    const id = this.unique()
    this.#write({ id, kind, cells })
    return (outcome, gave) => this.#write({ id, outcome, ...(gave === undefined ? {} : { gave }) })
  }

  /** Reads the file back, in the order of sending. */
  entries(): Entry[] {
    const lines = readFileSync(this.#path, 'utf8').split('\n').filter(Boolean)
    const entries = new Map<number, Entry>()
    for (const line of lines.map((text) => JSON.parse(text) as Line)) {
      if (!('outcome' in line)) entries.set(line.id, { ...line, outcome: 'unknown' })
      else entries.set(line.id, answered(entries.get(line.id)!, line))
    }
    return [...entries.values()]
  }

  #write(line: Line): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
  }
}

function answered(entry: Entry, { outcome, gave }: Answer): Entry {
  const cells =
    gave === undefined
      ? entry.cells
      : entry.cells.map((cell) => (cell.content === TOLD_BY_ANSWER ? { ...cell, content: gave } : cell))
  return { ...entry, outcome, cells }
}
