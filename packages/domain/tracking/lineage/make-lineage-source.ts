import type { Caller } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { describeNodes } from './describe-nodes.ts'
import { FOLLOWED, type Followed, follow } from './follow.ts'
import type { LineageHop, LineageNode } from './lineage-nodes.ts'

/** How many nodes are named in one question. */
const CHUNK = 1_000

interface Neighbours<Node extends LineageNode> {
  readonly hops: readonly LineageHop<Node>[]
  readonly hidden: number
}

/** Lineage of runs, datasets and logged models: `LineageSource` of governance. */
export function makeTrackingLineage() {
  return {
    describe: describeNodes,

    /** The relations are asked at once: what one of them answers is read while the database is at the next. */
    async neighbours<Node extends LineageNode>(
      reads: Reads,
      caller: Caller,
      nodes: readonly Node[],
      direction: 'upstream' | 'downstream',
      limit: number,
    ): Promise<Neighbours<Node>> {
      const byKind = Map.groupBy(nodes, ({ kind }) => kind)
      const found = await Promise.all(
        FOLLOWED.filter((relation) => relation.direction === direction && byKind.has(relation.near)).map(
          (relation) => followAll(reads, caller, relation, byKind.get(relation.near)!, limit),
        ),
      )
      const hops = found.length === 1 ? found[0]!.hops : found.flatMap((each) => each.hops)
      return {
        hops: hops.length > limit ? hops.slice(0, limit) : hops,
        hidden: found.reduce((sum, { hidden }) => sum + hidden, 0),
      }
    },
  }
}

async function followAll<Node extends LineageNode>(
  reads: Reads,
  caller: Caller,
  relation: Followed,
  near: readonly Node[],
  limit: number,
): Promise<Neighbours<Node>> {
  const hops: LineageHop<Node>[] = []
  let hidden = 0
  for (let from = 0; from < near.length && hops.length < limit; from += CHUNK) {
    const chunk = near.slice(from, from + CHUNK)
    const found = await follow(reads, caller, relation, chunk, limit - hops.length)
    for (const hop of found.hops) hops.push(hop)
    hidden += found.hidden
  }
  return { hops, hidden }
}
