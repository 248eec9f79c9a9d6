import type { LineageFacts, LineageNode } from './lineage-nodes.ts'

type Kind = Exclude<LineageNode['kind'], 'version'>

const PLACES = { run: 'runs/', 'logged-model': 'logged-models/' } as const

const NO_FACETS = {}

/** What a graph shows of a row, without facets. */
export function headOf(
  kind: Kind,
  {
    id,
    key,
    name,
    status,
    createdAt,
  }: Pick<LineageFacts, 'id' | 'name' | 'status' | 'createdAt'> & { key: number },
): LineageFacts {
  if (kind === 'dataset') {
    return { kind, id, key: undefined, subject: '', name, status: null, createdAt: null, facets: NO_FACETS }
  }
  return { kind, id, key, subject: PLACES[kind] + id, name, status, createdAt, facets: NO_FACETS }
}
