import { createHash } from 'node:crypto'
import type { LineageGraph, OpenLineageEvent } from '../lineage.ts'
import type { LineageEdge, LineageFacts } from '../seams.ts'
import { datasetFacets, jobFacets, parentFacet } from './open-lineage-facets.ts'
import { idOf } from './walk.ts'

const SCHEMA_URL = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent'

const EVENT_TYPES: Readonly<Record<string, OpenLineageEvent['eventType']>> = {
  FINISHED: 'COMPLETE',
  FAILED: 'FAIL',
  KILLED: 'ABORT',
}

interface Where {
  readonly workspace: string
  /** URI of this server. */
  readonly producer: string
}

interface Sides {
  readonly inputs: Map<string, LineageFacts>
  readonly outputs: Map<string, LineageFacts>
  parent?: LineageFacts
}

/**
 * A graph as run events: one for each run, with what it read and what it made. Datasets of OpenLineage are our datasets,
 * logged models and versions; a version that was registered from a logged model is made by the run that made that.
 */
export function toOpenLineage(graph: LineageGraph, where: Where): OpenLineageEvent[] {
  const nodes = new Map(graph.nodes.map((node) => [idOf(node), node]))
  const runs = graph.nodes.filter(({ kind }) => kind === 'run')
  const sides = new Map<string, Sides>(
    runs.map((run) => [idOf(run), { inputs: new Map(), outputs: new Map() }]),
  )
  for (const edge of graph.edges) addEdge(sides, nodes, edge)
  addVersionsOfModels(sides, nodes, graph.edges)
  return runs
    .map((run) => eventOf(run, sides.get(idOf(run))!, where))
    .sort((a, b) => (a.eventTime < b.eventTime ? -1 : a.eventTime > b.eventTime ? 1 : 0))
}

function addEdge(
  sides: ReadonlyMap<string, Sides>,
  nodes: ReadonlyMap<string, LineageFacts>,
  { from, to, relation }: LineageEdge,
): void {
  const [source, target] = [nodes.get(idOf(from)), nodes.get(idOf(to))]
  if (source === undefined || target === undefined) return
  if (relation === 'read-by') sides.get(idOf(to))?.inputs.set(idOf(from), source)
  else if (relation === 'parent-of') {
    const child = sides.get(idOf(to))
    if (child !== undefined) child.parent = source
  } else sides.get(idOf(from))?.outputs.set(idOf(to), target)
}

/** Logged models make nothing themselves. */
function addVersionsOfModels(
  sides: ReadonlyMap<string, Sides>,
  nodes: ReadonlyMap<string, LineageFacts>,
  edges: readonly LineageEdge[],
): void {
  const registered = Map.groupBy(
    edges.filter(({ from, relation }) => relation === 'registered-as' && from.kind === 'logged-model'),
    ({ from }) => idOf(from),
  )
  for (const { from, to, relation } of edges) {
    if (relation !== 'produced') continue
    for (const { to: version } of registered.get(idOf(to)) ?? []) {
      const node = nodes.get(idOf(version))
      if (node !== undefined) sides.get(idOf(from))?.outputs.set(idOf(version), node)
    }
  }
}

function eventOf(run: LineageFacts, { inputs, outputs, parent }: Sides, where: Where): OpenLineageEvent {
  const { producer } = where
  const time = (run.facets.endTime as number | null | undefined) ?? run.createdAt ?? 0
  const code = jobFacets(run, producer)
  return {
    eventType: EVENT_TYPES[run.status ?? ''] ?? 'RUNNING',
    eventTime: new Date(time).toISOString(),
    producer,
    schemaURL: SCHEMA_URL,
    run: {
      runId: uuidOf(run.id),
      ...(parent === undefined
        ? {}
        : {
            facets: {
              parent: parentFacet({ runId: uuidOf(parent.id), job: jobOf(parent, where) }, producer),
            },
          }),
    },
    job: { ...jobOf(run, where), ...(code === undefined ? {} : { facets: code }) },
    inputs: [...inputs.values()].map((node) => datasetOf(node, where)),
    outputs: [...outputs.values()].map((node) => datasetOf(node, where)),
  }
}

/** What makes names ours: two workspaces may have the same. */
const namespaceOf = ({ workspace }: Where) => `orrery://${workspace}`

const jobOf = (run: LineageFacts, where: Where) => ({
  namespace: namespaceOf(where),
  name: `${String(run.facets.experiment ?? '')}/${run.name}`,
})

function datasetOf(node: LineageFacts, where: Where) {
  const facets = node.kind === 'dataset' ? datasetFacets(node, where.producer) : undefined
  return {
    namespace: namespaceOf(where),
    name: node.kind === 'dataset' ? `datasets/${node.id}` : node.subject,
    ...(facets === undefined ? {} : { facets }),
  }
}

/** MLflow's run ids are UUIDs without dashes; of an imported one that is none, a UUID that is always the same. */
export function uuidOf(runId: string): string {
  const hex = /^[0-9a-f]{32}$/i.test(runId)
    ? runId.toLowerCase()
    : createHash('sha256').update(runId).digest('hex').slice(0, 32)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
