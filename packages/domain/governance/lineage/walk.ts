import type { Caller } from '@orrery/base/kernel'
import { missing } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import type { LineageGraph, LineageWalk } from '../lineage.ts'
import type { Direction, LineageEdge, LineageFacts, LineageNode, LineageSource } from '../seams.ts'

/** Beyond the last level so many are looked at, to tell whether there is anything. */
const PROBED = 100

/** Of each node that may be shown so many edges are read; a graph that is denser is cut. */
const EDGES_PER_NODE = 5

type Found = LineageFacts & { readonly distance: number }

/** A graph while it is walked through. */
interface Walk {
  readonly reads: Reads
  readonly caller: Caller
  readonly sources: readonly LineageSource[]
  readonly limit: number
  readonly detail: 'heads' | 'facets'
  readonly nodes: Map<string, Found>
  readonly edges: Map<string, LineageEdge>
  isCut: boolean
  hidden: number
}

export const idOf = ({ kind, id }: LineageNode) => `${kind}:${id}`

/** Breadth first, level by level; each level is a fixed number of questions. */
export async function walk(
  sources: readonly LineageSource[],
  reads: Reads,
  caller: Caller,
  { start, direction, depth, limit }: LineageWalk,
  detail: 'heads' | 'facets' = 'heads',
): Promise<LineageGraph> {
  const state: Walk = {
    ...{ reads, caller, sources, limit, detail },
    nodes: new Map(),
    edges: new Map(),
    isCut: false,
    hidden: 0,
  }
  const [first] = await describe(state, [start])
  if (first === undefined) throw notThere(start)
  state.nodes.set(idOf(first), { ...first, distance: 0 })
  const ways = (direction === 'both' ? ['upstream', 'downstream'] : [direction]).map((way) => ({
    way: way as Direction,
    frontier: [first] as readonly LineageNode[],
    seen: new Set([idOf(first)]),
  }))
  // One level more than is shown: whether there is anything beyond, and the edges between what is there.
  for (let distance = 1; distance <= depth + 1; distance++) {
    for (const each of ways) {
      if (each.frontier.length === 0) continue
      each.frontier = await step(state, each.frontier, each.way, each.seen, distance, depth)
    }
  }
  return {
    nodes: [...state.nodes.values()],
    edges: [...state.edges.values()],
    isCut: state.isCut,
    hidden: state.hidden,
  }
}

/** Goes one step from the frontier. @returns the next one */
async function step(
  state: Walk,
  frontier: readonly LineageNode[],
  way: Direction,
  seen: Set<string>,
  distance: number,
  depth: number,
): Promise<LineageNode[]> {
  const edges = (await neighbours(state, frontier, way, distance > depth)).map(named)
  const far = new Map<string, LineageNode>()
  for (const { edge, from, to } of edges) {
    const id = way === 'upstream' ? from : to
    if (!seen.has(id)) far.set(id, way === 'upstream' ? edge.from : edge.to)
  }
  const there = await reached(state, far, distance, depth)
  for (const node of there) seen.add(idOf(node))
  for (const { edge, from, to } of edges) {
    if (!state.nodes.has(from) || !state.nodes.has(to)) continue
    const id = `${from}\0${to}\0${edge.relation}`
    if (!state.edges.has(id)) state.edges.set(id, bare(edge))
  }
  return there
}

/** Ids are made once: of 10,000 edges they take a tenth of the walk. */
const named = (edge: LineageEdge) => ({ edge, from: idOf(edge.from), to: idOf(edge.to) })

/** The nodes that are there, may be seen and have room, added to the graph. */
async function reached(
  state: Walk,
  far: ReadonlyMap<string, LineageNode>,
  distance: number,
  depth: number,
): Promise<LineageNode[]> {
  const known = [...far].filter(([id]) => state.nodes.has(id)).map(([id]) => state.nodes.get(id)!)
  const fresh = [...far].filter(([id]) => !state.nodes.has(id)).map(([, node]) => node)
  if (fresh.length === 0) return known
  const isBeyond = distance > depth
  const room = isBeyond ? 0 : state.limit - state.nodes.size
  // One more than fits tells that there is more.
  const looked = fresh.slice(0, isBeyond ? PROBED : room + 1)
  const facts = await describe(state, looked)
  if (fresh.length > looked.length || facts.length > room) state.isCut = true
  // Who sees everything has nothing hidden: what is not there any more is no secret.
  if (!isBeyond && !seesAll(state.caller)) state.hidden += looked.length - facts.length
  const added = facts.slice(0, room)
  for (const fact of added) state.nodes.set(idOf(fact), { ...fact, distance })
  return [...known, ...added]
}

const seesAll = (caller: Caller) =>
  caller.readable('experiment').kind === 'all' && caller.readable('model').kind === 'all'

async function neighbours(
  state: Walk,
  frontier: readonly LineageNode[],
  way: Direction,
  isBeyond: boolean,
): Promise<LineageEdge[]> {
  const limit = Math.max(state.limit * EDGES_PER_NODE - state.edges.size, 1)
  const edges: LineageEdge[] = []
  for (const source of state.sources) {
    const found = await source.neighbours(state.reads, state.caller, frontier, way, limit)
    edges.push(...found.edges)
    if (!isBeyond) state.hidden += found.hidden
    if (found.edges.length >= limit) state.isCut = true
  }
  return edges
}

async function describe(
  { sources, reads, caller, detail }: Walk,
  nodes: readonly LineageNode[],
): Promise<LineageFacts[]> {
  const facts: LineageFacts[] = []
  for (const source of sources) facts.push(...(await source.describe(reads, caller, nodes, detail)))
  // As they were found, which is as they lie in the tables: the answers of the sources are in no order.
  const byId = new Map(facts.map((fact) => [idOf(fact), fact]))
  return nodes.map((node) => byId.get(idOf(node))).filter((fact) => fact !== undefined)
}

/** Without the keys, which are nobody else's. */
function bare({ from, to, relation }: LineageEdge): LineageEdge {
  return { from: { kind: from.kind, id: from.id }, to: { kind: to.kind, id: to.id }, relation }
}

function notThere({ kind, id }: LineageNode) {
  return missing(`No ${kind} '${id.slice(0, 300)}' in this workspace.`)
}
