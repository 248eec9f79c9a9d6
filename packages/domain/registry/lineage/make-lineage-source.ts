import type { Caller } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { type Expression, type SqlBool, sql } from 'kysely'
import { type LineageEdge, type LineageFacts, type LineageNode, readableAmong } from '../../tracking/index.ts'
import { versionSubject } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'

/** How many nodes are named in one question. */
const CHUNK = 1_000

interface Neighbours {
  readonly edges: readonly LineageEdge[]
  readonly hidden: number
}

interface Ends {
  readonly key: number
  readonly name: string
  readonly version: number
  readonly runId: string
  readonly modelId: string
  readonly sourceKey: number | null
}

type Kind = 'run' | 'logged-model' | 'version'

/** Lineage of versions: `LineageSource` of governance. Whether runs and logged models may be seen is tracking's to say. */
export function makeRegistryLineage() {
  return {
    describe,

    async neighbours(
      reads: Reads,
      caller: Caller,
      nodes: readonly LineageNode[],
      direction: 'upstream' | 'downstream',
      limit: number,
    ): Promise<Neighbours> {
      const edges: LineageEdge[] = []
      let hidden = 0
      const byKind = Map.groupBy(nodes, ({ kind }) => kind)
      for (const kind of direction === 'upstream' ? (['version'] as const) : DOWNSTREAM) {
        const near = byKind.get(kind) ?? []
        for (let from = 0; from < near.length && edges.length < limit; from += CHUNK) {
          const chunk = near.slice(from, from + CHUNK)
          const left = limit - edges.length
          const found =
            direction === 'upstream'
              ? await originsOf(reads, caller, chunk)
              : await cameOf(reads, caller, kind, chunk, left)
          edges.push(...found.edges.slice(0, left))
          hidden += found.hidden
        }
      }
      return { edges, hidden }
    },
  }
}

const DOWNSTREAM = ['run', 'logged-model', 'version'] as const

const keysOf = (nodes: readonly LineageNode[]) =>
  nodes.map(({ key }) => key).filter((key) => key !== undefined)

/** What versions were made of: a run, a logged model, another version; each at most once. */
async function originsOf(reads: Reads, caller: Caller, nodes: readonly LineageNode[]): Promise<Neighbours> {
  const rows = await endsWhere(reads, caller, reads.words.among(sql.ref('v.version_key'), keysOf(nodes)))
  const sourceKeys = [...new Set(rows.map(({ sourceKey }) => sourceKey).filter((key) => key !== null))]
  const sources = new Map<number, Ends>()
  if (sourceKeys.length > 0) {
    const found = await endsWhere(reads, caller, reads.words.among(sql.ref('v.version_key'), sourceKeys))
    for (const source of found) sources.set(source.key, source)
  }
  const edges = rows.flatMap((row): LineageEdge[] => {
    const to = nodeOf(row)
    const source = row.sourceKey === null ? undefined : sources.get(row.sourceKey)
    return [
      ...(row.runId === '' ? [] : [registered({ kind: 'run', id: row.runId }, to)]),
      ...(row.modelId === '' ? [] : [registered({ kind: 'logged-model', id: row.modelId }, to)]),
      ...(source === undefined ? [] : [{ from: nodeOf(source), to, relation: 'copied-to' as const }]),
    ]
  })
  // One that was deleted is as little to be seen as a hidden one; of those who see all, nothing is hidden.
  const isAll = caller.readable('model').kind === 'all'
  return { edges, hidden: isAll ? 0 : sourceKeys.length - sources.size }
}

/** The versions that were made of runs, logged models or versions. */
async function cameOf(
  reads: Reads,
  caller: Caller,
  kind: Kind,
  nodes: readonly LineageNode[],
  limit: number,
): Promise<Neighbours> {
  const condition = madeOf(reads, kind, nodes)
  const rows = await endsWhere(reads, caller, condition, limit)
  const byKey = new Map(nodes.map((node) => [node.key, node]))
  const edges = rows.map((row): LineageEdge => {
    const to = nodeOf(row)
    if (kind === 'run') return registered({ kind, id: row.runId }, to)
    if (kind === 'logged-model') return registered({ kind, id: row.modelId }, to)
    return { from: byKey.get(row.sourceKey!)!, to, relation: 'copied-to' }
  })
  return { edges, hidden: await countHidden(reads, caller, condition) }
}

function madeOf({ words }: Reads, kind: Kind, nodes: readonly LineageNode[]): Expression<SqlBool> {
  if (kind === 'version') return words.among(sql.ref('v.source_version_key'), keysOf(nodes))
  const ids = nodes.map(({ id }) => id)
  return words.among(sql.ref(kind === 'run' ? 'v.run_id' : 'v.model_id'), ids)
}

const registered = (from: LineageNode, to: LineageNode): LineageEdge => ({
  from,
  to,
  relation: 'registered-as',
})

const nodeOf = ({ key, name, version }: Pick<Ends, 'key' | 'name' | 'version'>): LineageNode => ({
  kind: 'version',
  id: `${name}/${version}`,
  key,
})

const versions = (reads: Reads, caller: Caller) =>
  reads
    .tables<RegistryTables>()
    .selectFrom('model_versions as v')
    .innerJoin('registered_models as m', 'm.model_key', 'v.model_key')
    .where('v.workspace_key', '=', caller.workspace.key)

const readableTo = (reads: Reads, caller: Caller) =>
  readableAmong(reads, 'm.model_key', caller.readable('model'))

async function endsWhere(
  reads: Reads,
  caller: Caller,
  condition: Expression<SqlBool>,
  limit?: number,
): Promise<Ends[]> {
  const readable = readableTo(reads, caller)
  let query = versions(reads, caller)
    .select([
      'v.version_key as key',
      'm.name as name',
      'v.version as version',
      'v.run_id as runId',
      'v.model_id as modelId',
      'v.source_version_key as sourceKey',
    ])
    .where(condition)
  if (readable !== undefined) query = query.where(readable)
  return (limit === undefined ? query : query.limit(limit)).execute()
}

async function countHidden(reads: Reads, caller: Caller, condition: Expression<SqlBool>): Promise<number> {
  const readable = readableTo(reads, caller)
  if (readable === undefined) return 0
  const counted = await versions(reads, caller)
    .select((e) => e.fn.countAll<number>().as('hidden'))
    .where(condition)
    .where(sql<SqlBool>`not (${readable})`)
    .executeTakeFirst()
  return Number(counted?.hidden ?? 0)
}

async function describe(
  reads: Reads,
  caller: Caller,
  nodes: readonly LineageNode[],
  detail: 'heads' | 'facets',
): Promise<LineageFacts[]> {
  const wanted = nodes.filter(({ kind }) => kind === 'version')
  const facts: LineageFacts[] = []
  const keys = keysOf(wanted)
  for (let from = 0; from < keys.length; from += CHUNK) {
    const among = reads.words.among(sql.ref('v.version_key'), keys.slice(from, from + CHUNK))
    facts.push(...(await factsWhere(reads, caller, among, detail)))
  }
  // Where a walk begins: named by hand.
  for (const { id } of wanted.filter(({ key }) => key === undefined)) {
    const at = id.lastIndexOf('/')
    const version = Number(id.slice(at + 1))
    if (at < 1 || !/^[1-9]\d*$/.test(id.slice(at + 1)) || !Number.isSafeInteger(version)) continue
    const named = sql<SqlBool>`m.workspace_key = ${caller.workspace.key} and m.name = ${id.slice(0, at)} and v.version = ${version}`
    facts.push(...(await factsWhere(reads, caller, named, detail)))
  }
  return facts
}

async function factsWhere(
  reads: Reads,
  caller: Caller,
  condition: Expression<SqlBool>,
  detail: 'heads' | 'facets',
): Promise<LineageFacts[]> {
  const readable = readableTo(reads, caller)
  let query = versions(reads, caller)
    .select([
      'v.version_key as key',
      'm.name as name',
      'v.version as version',
      'v.stage as status',
      'v.created_at as createdAt',
      'v.source as source',
      'v.manifest_digest as manifestDigest',
    ])
    .where(condition)
  if (readable !== undefined) query = query.where(readable)
  return (await query.execute()).map(({ source, manifestDigest, version, ...row }) => ({
    ...nodeOf({ ...row, version }),
    subject: versionSubject(row.name, version),
    name: row.name,
    status: row.status,
    createdAt: row.createdAt,
    facets: detail === 'facets' ? { source, manifestDigest } : {},
  }))
}
