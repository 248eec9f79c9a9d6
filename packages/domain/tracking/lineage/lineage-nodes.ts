/*
 * What this module offers for lineage; governance has the like, and the two agree by their shape.
 */

export interface LineageNode {
  readonly kind: 'run' | 'dataset' | 'logged-model' | 'version'
  /** A run id, `<dataset name>#<digest>`, a logged model's id, `<model>/<version>`. */
  readonly id: string
  readonly key?: number | undefined
}

export interface LineageEdge {
  /** Nearer to the source. */
  readonly from: LineageNode
  readonly to: LineageNode
  readonly relation: 'read-by' | 'produced' | 'registered-as' | 'copied-to' | 'parent-of'
}

export interface LineageFacts extends LineageNode {
  readonly subject: string
  readonly name: string
  readonly status: string | null
  readonly createdAt: number | null
  readonly facets: Readonly<Record<string, unknown>>
}

/** An edge as it is found: from a node that was asked for, to all that is to be told of another. */
export interface LineageHop<Node extends LineageNode = LineageNode> {
  readonly near: Node
  readonly far: LineageNode | LineageFacts
  readonly relation: LineageEdge['relation']
}

/** A dataset's id in a graph. Digests hold no `#`, names may: it is split at the last one. */
export function parseDatasetId(id: string): { readonly name: string; readonly digest: string } {
  const at = id.lastIndexOf('#')
  return at === -1 ? { name: id, digest: '' } : { name: id.slice(0, at), digest: id.slice(at + 1) }
}
