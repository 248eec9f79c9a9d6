import type { Caller } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { sql } from 'kysely'
import { readableAmong } from '../search/experiment-scope.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { type LineageFacts, type LineageNode, parseDatasetId } from './lineage-nodes.ts'
import { nodeHeads } from './node-heads.ts'

const CHUNK = 1_000

/** Longer schemas are not told: one may have a megabyte, and a graph a thousand datasets. */
const LONGEST_SCHEMA = 65_536

/** What is told of where a run came from. */
const TOLD_TAGS = [
  'mlflow.source.name',
  'mlflow.source.type',
  'mlflow.source.git.commit',
  'mlflow.source.git.branch',
  'mlflow.source.git.repoURL',
  'mlflow.parentRunId',
]

type Detail = 'heads' | 'facets'
type Describe = (
  reads: Reads,
  caller: Caller,
  ids: readonly string[],
  detail: Detail,
) => Promise<LineageFacts[]>

/** Runs, datasets and logged models that are there and that the caller may see, in no order. */
export async function describeNodes(
  reads: Reads,
  caller: Caller,
  nodes: readonly LineageNode[],
  detail: Detail,
): Promise<LineageFacts[]> {
  const facts: LineageFacts[] = []
  const byKind = Map.groupBy(nodes, ({ kind }) => kind)
  for (const [kind, describe] of DESCRIBED) {
    const ids = (byKind.get(kind) ?? []).map(({ id }) => id)
    for (let from = 0; from < ids.length; from += CHUNK) {
      facts.push(...(await describe(reads, caller, ids.slice(from, from + CHUNK), detail)))
    }
  }
  return facts
}

const describeRuns: Describe = async (reads, caller, ids, detail) => {
  if (detail === 'heads') return nodeHeads(reads, caller, 'run', ids)
  const readable = readableAmong(reads, 'r.experiment_key', caller.readable('experiment'))
  let query = reads
    .tables<TrackingTables>()
    .selectFrom('runs as r')
    .innerJoin('experiments as e', 'e.experiment_key', 'r.experiment_key')
    .select([
      'r.run_key as key',
      'r.run_id as id',
      'r.name as name',
      'r.status as status',
      'r.start_time as createdAt',
      'r.end_time as endTime',
      'r.user_id as user',
      'e.experiment_id as experimentId',
      'e.name as experiment',
    ])
    .where('r.workspace_key', '=', caller.workspace.key)
    .where(reads.words.among(sql.ref('r.run_id'), ids))
  if (readable !== undefined) query = query.where(readable)
  const rows = await query.execute()
  const tags = await tagsOf(reads, rows)
  return rows.map(({ key, endTime, user, experimentId, experiment, ...row }) => ({
    kind: 'run' as const,
    key,
    ...row,
    subject: `runs/${row.id}`,
    facets: { experimentId, experiment, user, endTime, tags: tags.get(key) ?? {} },
  }))
}

async function tagsOf(reads: Reads, runs: readonly { readonly key: number }[]) {
  const rows = await reads
    .tables<TrackingTables>()
    .selectFrom('run_tags')
    .select(['run_key as run', 'key', 'value'])
    .where(
      reads.words.among(
        sql.ref('run_key'),
        runs.map(({ key }) => key),
      ),
    )
    .where('key', 'in', TOLD_TAGS)
    .execute()
  const tags = new Map<number, Record<string, string>>()
  for (const { run, key, value } of rows) tags.set(run, { ...tags.get(run), [key]: value })
  return tags
}

const describeLoggedModels: Describe = async (reads, caller, ids, detail) => {
  if (detail === 'heads') return nodeHeads(reads, caller, 'logged-model', ids)
  const readable = readableAmong(reads, 'm.experiment_key', caller.readable('experiment'))
  let query = reads
    .tables<TrackingTables>()
    .selectFrom('logged_models as m')
    .select([
      'm.model_key as key',
      'm.model_id as id',
      'm.name as name',
      'm.status as status',
      'm.created_at as createdAt',
      'm.model_type as modelType',
    ])
    .where('m.workspace_key', '=', caller.workspace.key)
    .where(reads.words.among(sql.ref('m.model_id'), ids))
  if (readable !== undefined) query = query.where(readable)
  return (await query.execute()).map(({ modelType, ...row }) => ({
    kind: 'logged-model' as const,
    ...row,
    subject: `logged-models/${row.id}`,
    facets: { modelType },
  }))
}

/** Experiments that have the same dataset have a row each; the first description is told. */
const describeDatasets: Describe = async (reads, caller, ids, detail) => {
  const readable = readableAmong(reads, 'd.experiment_key', caller.readable('experiment'))
  const names = [...new Set(ids.map((id) => parseDatasetId(id).name))]
  const id = sql<string>`d.name || '#' || d.digest`
  let query = reads
    .tables<TrackingTables>()
    .selectFrom('datasets as d')
    .innerJoin('experiments as e', 'e.experiment_key', 'd.experiment_key')
    .select(['d.name as name', 'd.digest as digest'])
    .where('e.workspace_key', '=', caller.workspace.key)
    .where(reads.words.among(sql.ref('d.name'), names))
    .where(reads.words.among(id, ids))
    .orderBy('d.dataset_key')
  if (readable !== undefined) query = query.where(readable)
  const rows =
    detail === 'facets'
      ? await query
          .select([
            'd.source_type as sourceType',
            'd.source as source',
            sql<string | null>`case when length(d.schema) <= ${sql.lit(LONGEST_SCHEMA)} then d.schema end`.as(
              'schema',
            ),
          ])
          .execute()
      : (await query.execute()).map((row) => ({ ...row, sourceType: '', source: '', schema: null }))
  const facts = new Map<string, LineageFacts>()
  for (const { name, digest, ...facets } of rows) {
    const id = `${name}#${digest}`
    if (facts.has(id)) continue
    const told = detail === 'facets' ? facets : {}
    facts.set(id, { kind: 'dataset', id, subject: '', name, status: null, createdAt: null, facets: told })
  }
  return [...facts.values()]
}

const DESCRIBED: readonly (readonly [LineageNode['kind'], Describe])[] = [
  ['run', describeRuns],
  ['dataset', describeDatasets],
  ['logged-model', describeLoggedModels],
]
