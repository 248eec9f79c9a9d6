import { EVENT_TYPES } from '@orrery/base/contract'
import type { Line } from './line.ts'

interface OfWorkspace {
  readonly byType: Map<string, Line[]>
  /** Those that take every type, for types that the catalogue does not know. */
  readonly all: Line[]
}

const NONE: readonly Line[] = []

/** Which subscriptions may want an event, by workspace and type; the rest of their filters is asked then. */
export class LineIndex {
  readonly #workspaces = new Map<number, OfWorkspace>()

  constructor(lines: Iterable<Line>) {
    for (const line of lines) this.#add(line)
  }

  wanting(workspaceKey: number, type: string): readonly Line[] {
    const found = this.#workspaces.get(workspaceKey)
    return found === undefined ? NONE : (found.byType.get(type) ?? found.all)
  }

  #add(line: Line): void {
    const { workspaceKey, filter } = line.facts
    let found = this.#workspaces.get(workspaceKey)
    if (found === undefined) {
      // A type of the catalogue that nobody wants has a list too: an empty one.
      found = { byType: new Map(EVENT_TYPES.map((type) => [type, []])), all: [] }
      this.#workspaces.set(workspaceKey, found)
    }
    if (filter.types === undefined) found.all.push(line)
    for (const type of filter.types ?? [...found.byType.keys()]) {
      const list = found.byType.get(type)
      if (list === undefined) found.byType.set(type, [...found.all, line])
      else list.push(line)
    }
  }
}
