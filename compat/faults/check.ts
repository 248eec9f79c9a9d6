import { type Cell, type Entry, TOLD_BY_ANSWER } from './ledger.ts'

/** What was read back: every cell as often as it was seen. */
export interface Observed {
  readonly cells: readonly Cell[]
  /** Files that a listing shows and a download does not give as listed, or the reverse. */
  readonly halfVisible: readonly string[]
  /** Things that are told twice and not alike, such as a latest value that is not the last of its history. */
  readonly disagreeing: readonly string[]
}

/** Every list names what is wrong; a right server leaves all of them empty. */
export interface Verdict {
  /** Acknowledged and not there, or replaced by something older. */
  readonly lost: readonly string[]
  /** There more than once. */
  readonly duplicated: readonly string[]
  /** There, and never sent, or sent and refused. */
  readonly phantom: readonly string[]
  /** Operations of which a part is there. */
  readonly half: readonly string[]
  /** Files whose bytes nobody sent. */
  readonly digest: readonly string[]
  readonly halfVisible: readonly string[]
  readonly disagreeing: readonly string[]
}

/** Files are told apart by the digest of their bytes, and their places start with this. */
export const FILE_PLACE = 'file '

/** Compares what was asked with what is there. */
export function check(entries: readonly Entry[], observed: Observed): Verdict {
  const seen = new Map<string, string>()
  const duplicated: string[] = []
  for (const { place, content } of observed.cells) {
    if (seen.has(place)) duplicated.push(place)
    seen.set(place, content)
  }
  const writes = writesByPlace(entries)
  const faults = [...writes].map(([place, history]) => ({ place, fault: judge(history, seen.get(place)) }))
  const of = (kind: Fault) => faults.filter(({ fault }) => fault === kind).map(({ place }) => place)
  const unsent = [...seen.keys()].filter((place) => !writes.has(place))
  const strange = of('strange')
  return {
    lost: of('lost'),
    duplicated,
    phantom: [...unsent, ...strange.filter((place) => !place.startsWith(FILE_PLACE))],
    half: entries.filter((entry) => isHalf(entry, seen)).map(({ id, kind }) => `${kind} ${id}`),
    digest: strange.filter((place) => place.startsWith(FILE_PLACE)),
    halfVisible: observed.halfVisible,
    disagreeing: observed.disagreeing,
  }
}

export function isClean(verdict: Verdict): boolean {
  return Object.values(verdict).every((list) => list.length === 0)
}

/** One line a fault, with the first few examples. */
export function describeVerdict(verdict: Verdict): string {
  const lines = Object.entries(verdict).map(([name, list]: [string, readonly string[]]) => {
    const examples = list.slice(0, 5).join(' | ')
    return list.length === 0 ? '' : `${name}: ${list.length} (${examples})`
  })
  return lines.filter(Boolean).join('\n')
}

interface Write {
  readonly entry: Entry
  readonly cell: Cell
}

function writesByPlace(entries: readonly Entry[]): Map<string, Write[]> {
  const places = new Map<string, Write[]>()
  for (const entry of entries) {
    for (const cell of entry.cells) {
      const writes = places.get(cell.place)
      if (writes === undefined) places.set(cell.place, [{ entry, cell }])
      else writes.push({ entry, cell })
    }
  }
  return places
}

type Fault = 'lost' | 'strange' | undefined

/** @param content what is at the place; undefined where nothing is */
function judge(history: readonly Write[], content: string | undefined): Fault {
  const acknowledged = history.filter(({ entry }) => entry.outcome === 'ok')
  const last = acknowledged.at(-1)
  if (content === undefined) return last === undefined ? undefined : 'lost'
  const hasIt = (write: Write) => write.cell.content === content || write.cell.content === TOLD_BY_ANSWER
  if (!history.some((write) => write.entry.outcome !== 'failed' && hasIt(write))) return 'strange'
  if (last === undefined) return undefined
  // What never changes must be what everybody was told who was told yes.
  if (last.cell.rewritable !== true) return acknowledged.every(hasIt) ? undefined : 'lost'
  const after = history.slice(history.indexOf(last))
  return after.some((write) => write.entry.outcome !== 'failed' && hasIt(write)) ? undefined : 'lost'
}

function isHalf({ cells, outcome }: Entry, seen: ReadonlyMap<string, string>): boolean {
  if (outcome === 'failed') return false
  const lasting = cells.filter((cell) => cell.rewritable !== true)
  const there = lasting.filter(({ place }) => seen.has(place)).length
  return there > 0 && there < lasting.length
}
