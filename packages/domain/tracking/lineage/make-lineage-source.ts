import type { Caller } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { describeNodes } from './describe-nodes.ts'
import { FOLLOWED, follow } from './follow.ts'
import type { LineageEdge, LineageNode } from './lineage-nodes.ts'

/** How many nodes are named in one question. */
const CHUNK = 1_000

/** Lineage of runs, datasets and logged models: `LineageSource` of governance. */
export function makeTrackingLineage() {
  return {
    describe: describeNodes,

    async neighbours(
      reads: Reads,
      caller: Caller,
      nodes: readonly LineageNode[],
      direction: 'upstream' | 'downstream',
      limit: number,
    ): Promise<{ readonly edges: readonly LineageEdge[]; readonly hidden: number }> {
      const edges: LineageEdge[] = []
      let hidden = 0
      const byKind = Map.groupBy(nodes, ({ kind }) => kind)
      for (const relation of FOLLOWED) {
        if (relation.direction !== direction) continue
        const near = byKind.get(relation.near) ?? []
        for (let from = 0; from < near.length && edges.length < limit; from += CHUNK) {
          const ids = near.slice(from, from + CHUNK).map(({ id }) => id)
          const found = await follow(reads, caller, relation, ids, limit - edges.length)
          edges.push(...found.edges)
          hidden += found.hidden
        }
      }
      return { edges, hidden }
    },
  }
}
