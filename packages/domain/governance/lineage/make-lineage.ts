import { type Caller, invalid, must } from '@orrery/base/kernel'
import { LINEAGE_LIMITS, type Lineage, type LineageWalk } from '../lineage.ts'
import type { GovernanceDeps } from '../seams.ts'
import { toOpenLineage } from './open-lineage.ts'
import { walk } from './walk.ts'

/** The verbs of lineage, over the graphs that tracking and the registry have. */
export function makeLineage({ db, sources }: Pick<GovernanceDeps, 'db' | 'sources'>): Lineage {
  return {
    async walk(caller, input) {
      check(caller, input)
      return db.scan((reads) => walk(sources, reads, caller, input))
    },

    async openLineage(caller, { producer, ...input }) {
      check(caller, input)
      const graph = await db.scan((reads) => walk(sources, reads, caller, input, 'facets'))
      return toOpenLineage(graph, { workspace: caller.workspace.name, producer })
    },
  }
}

function check(caller: Caller, { start, depth, limit }: LineageWalk): void {
  must(caller, 'workspace.read')
  if (start.id === '' || start.id.includes('\0') || !start.id.isWellFormed()) {
    throw invalid("Missing value for required parameter 'id'.", 'Say where the walk begins.')
  }
  checkRange(depth, LINEAGE_LIMITS.depth, 'depth')
  checkRange(limit, LINEAGE_LIMITS.nodes, 'limit')
}

function checkRange(given: number, most: number, field: string): void {
  if (Number.isSafeInteger(given) && given >= 1 && given <= most) return
  throw invalid(`Invalid value ${given} for parameter '${field}'. It must be between 1 and ${most}.`)
}
