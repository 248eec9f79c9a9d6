import type { ResourceKind } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import type { Things } from '../seams.ts'

/** What one module tells of its things. */
export interface ThingsOfKind {
  find(reads: Reads, workspaceKey: number, pattern: string): Promise<number | undefined>
  names(reads: Reads, workspaceKey: number, keys: readonly number[]): Promise<ReadonlyMap<number, string>>
}

/** Puts together what the modules tell of their things; wiring calls it. */
export function makeThings(
  kinds: Readonly<Record<ResourceKind, ThingsOfKind>>,
  running: Things['running'],
): Things {
  return {
    find: (reads, workspaceKey, kind, pattern) => kinds[kind].find(reads, workspaceKey, pattern),
    names: async (reads, workspaceKey, kind, keys) =>
      keys.length === 0 ? new Map() : kinds[kind].names(reads, workspaceKey, keys),
    running,
  }
}
