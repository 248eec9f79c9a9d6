import type { LineageFacts } from '../seams.ts'

type Facets = Record<string, object>

/** The schemas of the facets; `compat/` compares them with those of OpenLineage's own client. */
const VERSIONS = {
  ParentRunFacet: '1-1-0',
  SourceCodeLocationJobFacet: '1-0-1',
  DatasetVersionDatasetFacet: '1-0-1',
  DatasourceDatasetFacet: '1-0-1',
  SchemaDatasetFacet: '1-1-1',
} as const

/** Every facet says who wrote it and what it means. */
const facet = (producer: string, name: keyof typeof VERSIONS, fields: object) => ({
  _producer: producer,
  _schemaURL: `https://openlineage.io/spec/facets/${VERSIONS[name]}/${name}.json#/$defs/${name}`,
  ...fields,
})

/** The run that started this one. */
export function parentFacet(
  { runId, job }: { readonly runId: string; readonly job: object },
  producer: string,
): object {
  return facet(producer, 'ParentRunFacet', { run: { runId }, job })
}

/** Where the code of a run lies, as far as its git tags tell an address. */
export function jobFacets({ facets }: LineageFacts, producer: string): Facets | undefined {
  const tags = (facets.tags ?? {}) as Readonly<Record<string, string | undefined>>
  const repoUrl = tags['mlflow.source.git.repoURL']
  if (repoUrl === undefined || !URL.canParse(repoUrl)) return undefined
  const version = tags['mlflow.source.git.commit']
  const branch = tags['mlflow.source.git.branch']
  return {
    sourceCodeLocation: facet(producer, 'SourceCodeLocationJobFacet', {
      type: 'git',
      url: repoUrl,
      repoUrl,
      ...(version === undefined ? {} : { version }),
      ...(branch === undefined ? {} : { branch }),
    }),
  }
}

/** Version, place and columns of a dataset. */
export function datasetFacets({ id, name, facets }: LineageFacts, producer: string): Facets {
  const uri = placeOf(facets.source)
  const fields = columnsOf(facets.schema)
  return {
    version: facet(producer, 'DatasetVersionDatasetFacet', { datasetVersion: id.slice(name.length + 1) }),
    ...(uri === undefined ? {} : { dataSource: facet(producer, 'DatasourceDatasetFacet', { name, uri }) }),
    ...(fields === undefined ? {} : { schema: facet(producer, 'SchemaDatasetFacet', { fields }) }),
  }
}

/** MLflow's sources are JSON with an address in one of these; what is none is a text of the client's own. */
function placeOf(source: unknown): string | undefined {
  const read = parsed(source)
  for (const field of ['uri', 'url', 'path'] as const) {
    const value = isObject(read) ? read[field] : undefined
    if (typeof value === 'string' && URL.canParse(value)) return value
  }
  return typeof source === 'string' && URL.canParse(source) ? source : undefined
}

function columnsOf(schema: unknown): { name: string; type: string }[] | undefined {
  const read = parsed(schema)
  const columns = isObject(read) ? read.mlflow_colspec : undefined
  if (!Array.isArray(columns)) return undefined
  return columns.filter(isObject).map(({ name, type }, at) => ({
    name: typeof name === 'string' ? name : String(at),
    type: typeof type === 'string' ? type : 'unknown',
  }))
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whatever clients have logged: JSON, or nothing that can be read. */
function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
