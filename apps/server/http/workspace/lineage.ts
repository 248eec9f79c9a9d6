import { lineageRoutes } from '@orrery/base/contract'
import { LINEAGE_LIMITS, type Lineage, type LineageWalk } from '@orrery/domain/governance'
import { bind, jsonAnswer } from '../kit/index.ts'

/** What produced a thing, and what would be affected by it. */
export function bindLineage(lineage: Lineage) {
  return bind(lineageRoutes, {
    walk: async (caller, input) => {
      const graph = await lineage.walk(caller, walkOf(input))
      return {
        nodes: graph.nodes.map(({ kind, id, subject, name, distance, status, createdAt }) => ({
          ...{ kind, id, subject, name, distance },
          status: status ?? undefined,
          creation_timestamp: createdAt ?? undefined,
        })),
        edges: graph.edges.map(({ from, to, relation }) => ({
          from: `${from.kind}:${from.id}`,
          to: `${to.kind}:${to.id}`,
          relation,
        })),
        is_cut: graph.isCut,
        hidden: graph.hidden,
      }
    },
    openLineage: async (caller, { input, origin }) =>
      jsonAnswer(await lineage.openLineage(caller, { ...walkOf(input), producer: origin })),
  })
}

function walkOf(input: {
  readonly kind: LineageWalk['start']['kind']
  readonly id: string
  readonly direction?: LineageWalk['direction'] | undefined
  readonly depth?: number | undefined
  readonly limit?: number | undefined
}): LineageWalk {
  const { kind, id, direction = 'both', depth, limit } = input
  return {
    start: { kind, id },
    direction,
    depth: depth ?? LINEAGE_LIMITS.depth,
    limit: limit ?? LINEAGE_LIMITS.byDefault,
  }
}
