import type { Caller } from '@orrery/base/kernel'
import type { Direction, LineageEdge, LineageFacts, LineageNode } from './seams.ts'

export const LINEAGE_LIMITS = { depth: 50, nodes: 10_000, byDefault: 1_000 } as const

export interface LineageGraph {
  /** Nearest first. */
  readonly nodes: readonly (LineageFacts & { readonly distance: number })[]
  readonly edges: readonly LineageEdge[]
  readonly isCut: boolean
  readonly hidden: number
}

export interface Lineage {
  /**
   * Breadth first, in one scan: one question per kind of relation and step, whatever the number of nodes. What the
   * caller may not see is counted and not passed through.
   *
   * @throws RESOURCE_DOES_NOT_EXIST where there is no such node that the caller may see
   */
  walk(caller: Caller, input: LineageWalk): Promise<LineageGraph>

  /**
   * The same walk as OpenLineage 2-0-2 run events: one for each run in it, in the order of their times.
   *
   * @param input.producer URI of this server
   */
  openLineage(
    caller: Caller,
    input: LineageWalk & { readonly producer: string },
  ): Promise<readonly OpenLineageEvent[]>
}

export interface LineageWalk {
  readonly start: LineageNode
  /** `both`: what it came of, and what came of it; not what else came of its sources. */
  readonly direction: Direction | 'both'
  readonly depth: number
  readonly limit: number
}

type Facets = Readonly<Record<string, object>>

interface Named {
  readonly namespace: string
  readonly name: string
  readonly facets?: Facets
}

/** As the specification has it; https://openlineage.io/spec/2-0-2/OpenLineage.json. */
export interface OpenLineageEvent {
  readonly eventType: 'RUNNING' | 'COMPLETE' | 'FAIL' | 'ABORT'
  /** RFC 3339. */
  readonly eventTime: string
  readonly producer: string
  readonly schemaURL: string
  readonly run: { readonly runId: string; readonly facets?: Facets }
  readonly job: Named
  readonly inputs: readonly Named[]
  readonly outputs: readonly Named[]
}
