import type { Caller } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import type { LineageHop, LineageNode } from '../../tracking/index.ts'
import { describeVersions, versionHead } from './describe-versions.ts'
import { countHidden, versionRows } from './version-rows.ts'

/** How many nodes are named in one question. */
const CHUNK = 1_000

interface Neighbours<Node extends LineageNode> {
  readonly hops: readonly LineageHop<Node>[]
  readonly hidden: number
}

type Kind = 'run' | 'logged-model' | 'version'

const DOWNSTREAM = ['run', 'logged-model', 'version'] as const

/** Lineage of versions: `LineageSource` of governance. Whether runs and logged models may be seen is tracking's to say. */
export function makeRegistryLineage() {
  return {
    describe: describeVersions,

    async neighbours<Node extends LineageNode>(
      reads: Reads,
      caller: Caller,
      nodes: readonly Node[],
      direction: 'upstream' | 'downstream',
      limit: number,
    ): Promise<Neighbours<Node>> {
      const byKind = Map.groupBy(nodes, ({ kind }) => kind)
      const hops: LineageHop<Node>[] = []
      let hidden = 0
      for (const kind of direction === 'upstream' ? (['version'] as const) : DOWNSTREAM) {
        const near = byKind.get(kind) ?? []
        for (let from = 0; from < near.length && hops.length < limit; from += CHUNK) {
          const chunk = near.slice(from, from + CHUNK)
          const left = limit - hops.length
          const found =
            direction === 'upstream'
              ? await originsOf(reads, caller, chunk)
              : await cameOf(reads, caller, kind, chunk, left)
          for (const hop of found.hops.slice(0, left)) hops.push(hop)
          hidden += found.hidden
        }
      }
      return { hops, hidden }
    },
  }
}

const keysOf = (nodes: readonly LineageNode[]) => nodes.map(({ key }) => key!)

/** What versions were made of: a run, a logged model, another version; each at most once. */
async function originsOf<Node extends LineageNode>(
  reads: Reads,
  caller: Caller,
  nodes: readonly Node[],
): Promise<Neighbours<Node>> {
  const rows = await versionRows(reads, caller, 'itself', keysOf(nodes))
  const sourceKeys = [...new Set(rows.map(({ sourceKey }) => sourceKey).filter((key) => key !== null))]
  const found = await versionRows(reads, caller, 'itself', sourceKeys)
  const sources = new Map(found.map((source) => [source.key, versionHead(source)]))
  const nearBy = new Map(nodes.map((node) => [node.key, node]))
  const hops = rows.flatMap((row): LineageHop<Node>[] => {
    const near = nearBy.get(row.key)!
    const source = row.sourceKey === null ? undefined : sources.get(row.sourceKey)
    const { runId, modelId } = row
    return [
      ...(runId === '' ? [] : [{ near, far: { kind: 'run', id: runId }, relation: REGISTERED } as const]),
      ...(modelId === ''
        ? []
        : [{ near, far: { kind: 'logged-model', id: modelId }, relation: REGISTERED } as const]),
      ...(source === undefined ? [] : [{ near, far: source, relation: COPIED }]),
    ]
  })
  // One that was deleted is as little to be seen as a hidden one; of those who see all, nothing is hidden.
  const isAll = caller.readable('model').kind === 'all'
  return { hops, hidden: isAll ? 0 : sourceKeys.length - sources.size }
}

const REGISTERED = 'registered-as' as const
const COPIED = 'copied-to' as const

/** The versions that were made of runs, logged models or versions. */
async function cameOf<Node extends LineageNode>(
  reads: Reads,
  caller: Caller,
  kind: Kind,
  nodes: readonly Node[],
  limit: number,
): Promise<Neighbours<Node>> {
  const isVersion = kind === 'version'
  const named = isVersion ? keysOf(nodes) : nodes.map(({ id }) => id)
  const nearBy = new Map<unknown, Node>(nodes.map((node) => [isVersion ? node.key : node.id, node]))
  const [rows, hidden] = await Promise.all([
    versionRows(reads, caller, kind, named, limit),
    countHidden(reads, caller, kind, named),
  ])
  const hops = rows.map((row) => ({
    near: nearBy.get(isVersion ? row.sourceKey : kind === 'run' ? row.runId : row.modelId)!,
    far: versionHead(row),
    relation: isVersion ? COPIED : REGISTERED,
  }))
  return { hops, hidden }
}
