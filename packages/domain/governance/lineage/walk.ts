import type { Caller } from '@orrery/base/kernel'
import { missing } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import type { LineageGraph, LineageWalk } from '../lineage.ts'
import type {
  Direction,
  LineageEdge,
  LineageFacts,
  LineageHop,
  LineageNode,
  LineageSource,
  NodeKind,
} from '../seams.ts'

/** Beyond the last level so many are looked at, to tell whether there is anything. */
const PROBED = 100

/** Of each node that may be shown so many edges are read; a graph that is denser is cut. */
const EDGES_PER_NODE = 5

/** A node in its place: its number among them stands for it wherever there are many to compare. */
interface Placed extends LineageFacts {
  readonly distance: number
  readonly at: number
}

type Hop = LineageHop<Placed>

/** A graph while it is walked through. */
interface Walk {
  readonly reads: Reads
  readonly caller: Caller
  readonly sources: readonly LineageSource[]
  readonly limit: number
  readonly detail: 'heads' | 'facets'
  readonly nodes: Placed[]
  readonly known: KnownNodes
  readonly edges: LineageEdge[]
  readonly told: Set<number>
  isCut: boolean
  hidden: number
}

/** By kind and id: of 10,000 nodes, to make one text of the two took a tenth of the walk. */
class KnownNodes<Node = Placed> {
  readonly #kinds: Readonly<Record<NodeKind, Map<string, Node>>> = {
    run: new Map(),
    dataset: new Map(),
    'logged-model': new Map(),
    version: new Map(),
  }

  get({ kind, id }: LineageNode): Node | undefined {
    return this.#kinds[kind].get(id)
  }

  set({ kind, id }: LineageNode, node: Node): void {
    this.#kinds[kind].set(id, node)
  }
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
    ...{ nodes: [], known: new KnownNodes(), edges: [], told: new Set(), isCut: false, hidden: 0 },
  }
  const [first] = await describe(state, [start])
  if (first === undefined) throw notThere(start)
  const root = place(state, first, 0)
  const ways = (direction === 'both' ? ['upstream', 'downstream'] : [direction]).map((way) => ({
    way: way as Direction,
    frontier: [root] as readonly Placed[],
    seen: new Set([root]),
  }))
  // One level more than is shown: whether there is anything beyond, and the edges between what is there.
  for (let distance = 1; distance <= depth + 1; distance++) {
    for (const each of ways) {
      if (each.frontier.length === 0) continue
      each.frontier = await step(state, each.frontier, each.way, each.seen, distance, depth)
    }
  }
  const { nodes, edges, isCut, hidden } = state
  return { nodes, edges, isCut, hidden }
}

/** Goes one step from the frontier. @returns the next one */
async function step(
  state: Walk,
  frontier: readonly Placed[],
  way: Direction,
  seen: Set<Placed>,
  distance: number,
  depth: number,
): Promise<readonly Placed[]> {
  const hops = await neighbours(state, frontier, way, distance > depth)
  const next = await reached(state, hops, seen, distance, depth)
  for (const node of next) seen.add(node)
  for (const hop of hops) tell(state, hop, way)
  return next
}

/** The nodes that are there, may be seen and have room, added to the graph; before them those already in it. */
async function reached(
  state: Walk,
  hops: readonly Hop[],
  seen: ReadonlySet<Placed>,
  distance: number,
  depth: number,
): Promise<readonly Placed[]> {
  const before = new Set<Placed>()
  const fresh: (LineageNode | LineageFacts)[] = []
  const met = new KnownNodes<true>()
  for (const { far } of hops) {
    const node = state.known.get(far)
    if (node !== undefined) {
      if (!seen.has(node)) before.add(node)
    } else if (met.get(far) === undefined) {
      met.set(far, true)
      fresh.push(far)
    }
  }
  if (fresh.length === 0) return [...before]
  const isBeyond = distance > depth
  const room = isBeyond ? 0 : state.limit - state.nodes.length
  // One more than fits tells that there is more.
  const looked = fresh.slice(0, isBeyond ? PROBED : room + 1)
  const facts = await describe(state, looked)
  if (fresh.length > looked.length || facts.length > room) state.isCut = true
  // Who sees everything has nothing hidden: what is not there any more is no secret.
  if (!isBeyond && !seesAll(state.caller)) state.hidden += looked.length - facts.length
  return [...before, ...facts.slice(0, room).map((fact) => place(state, fact, distance))]
}

function place(state: Walk, fact: LineageFacts, distance: number): Placed {
  const { kind, id, key, subject, name, status, createdAt, facets } = fact
  const at = state.nodes.length
  const node: Placed = { kind, id, key, subject, name, status, createdAt, facets, distance, at }
  state.nodes.push(node)
  state.known.set(node, node)
  return node
}

const RELATIONS: readonly LineageEdge['relation'][] = [
  ...(['read-by', 'produced', 'registered-as', 'copied-to', 'parent-of'] as const),
]

/** Adds an edge between nodes of the graph, once. */
function tell(state: Walk, { near, far, relation }: Hop, way: Direction): void {
  const node = state.known.get(far)
  if (node === undefined) return
  const [from, to] = way === 'upstream' ? [node, near] : [near, node]
  const name = (from.at * state.limit + to.at) * RELATIONS.length + RELATIONS.indexOf(relation)
  if (state.told.has(name)) return
  state.told.add(name)
  state.edges.push({ from, to, relation })
}

const seesAll = (caller: Caller) =>
  caller.readable('experiment').kind === 'all' && caller.readable('model').kind === 'all'

async function neighbours(
  state: Walk,
  frontier: readonly Placed[],
  way: Direction,
  isBeyond: boolean,
): Promise<readonly Hop[]> {
  const { reads, caller } = state
  const limit = Math.max(state.limit * EDGES_PER_NODE - state.edges.length, 1)
  const found = await Promise.all(
    state.sources.map((source) => source.neighbours(reads, caller, frontier, way, limit)),
  )
  for (const { hops, hidden } of found) {
    if (!isBeyond) state.hidden += hidden
    if (hops.length >= limit) state.isCut = true
  }
  return found.flatMap(({ hops }) => hops)
}

/** Those of the nodes that are there and may be seen, in their order. What came with its facts is not asked for again. */
async function describe(
  { sources, reads, caller, detail }: Walk,
  nodes: readonly (LineageNode | LineageFacts)[],
): Promise<readonly LineageFacts[]> {
  const bare = detail === 'facets' ? nodes : nodes.filter((node) => !hasFacts(node))
  if (bare.length === 0) return nodes as readonly LineageFacts[]
  const found = new KnownNodes<LineageFacts>()
  // The answers of the sources are in no order.
  for (const facts of await Promise.all(
    sources.map((source) => source.describe(reads, caller, bare, detail)),
  )) {
    for (const fact of facts) found.set(fact, fact)
  }
  return nodes
    .map((node) => found.get(node) ?? (detail === 'heads' && hasFacts(node) ? node : undefined))
    .filter((fact) => fact !== undefined)
}

const hasFacts = (node: LineageNode | LineageFacts): node is LineageFacts => 'subject' in node

function notThere({ kind, id }: LineageNode) {
  return missing(`No ${kind} '${id.slice(0, 300)}' in this workspace.`)
}
