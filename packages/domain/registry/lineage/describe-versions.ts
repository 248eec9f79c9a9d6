import type { Caller } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { type Expression, type SqlBool, sql } from 'kysely'
import { type LineageFacts, type LineageNode, readableAmong } from '../../tracking/index.ts'
import { versionSubject } from '../registry-events.ts'
import type { RegistryTables } from '../registry-tables.ts'
import type { VersionRow } from './version-rows.ts'

/** How many nodes are named in one question. */
const CHUNK = 1_000

const NO_FACETS = {}

type Head = Pick<VersionRow, 'key' | 'name' | 'version' | 'status' | 'createdAt'>

export function versionHead(
  { key, name, version, status, createdAt }: Head,
  facets: LineageFacts['facets'] = NO_FACETS,
): LineageFacts {
  const id = `${name}/${version}`
  const subject = versionSubject(name, version)
  return { kind: 'version', id, key, subject, name, status, createdAt, facets }
}

/** Versions that are there and that the caller may see, in no order. */
export async function describeVersions(
  reads: Reads,
  caller: Caller,
  nodes: readonly LineageNode[],
  detail: 'heads' | 'facets',
): Promise<LineageFacts[]> {
  const wanted = nodes.filter(({ kind }) => kind === 'version')
  const facts: LineageFacts[] = []
  const keys = wanted.map(({ key }) => key).filter((key) => key !== undefined)
  for (let from = 0; from < keys.length; from += CHUNK) {
    const among = reads.words.among(sql.ref('v.version_key'), keys.slice(from, from + CHUNK))
    facts.push(
      ...(await factsWhere(
        reads,
        caller,
        sql<SqlBool>`+v.workspace_key = ${caller.workspace.key} and ${among}`,
        detail,
      )),
    )
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
  const readable = readableAmong(reads, 'm.model_key', caller.readable('model'))
  let query = reads
    .tables<RegistryTables>()
    .selectFrom('model_versions as v')
    .innerJoin('registered_models as m', 'm.model_key', 'v.model_key')
    .select(['v.version_key as key', 'm.name as name', 'v.version as version', 'v.stage as status'])
    .select(['v.created_at as createdAt', 'v.source as source', 'v.manifest_digest as manifestDigest'])
    .where(condition)
  if (readable !== undefined) query = query.where(readable)
  return (await query.execute()).map(({ source, manifestDigest, ...head }) =>
    versionHead(head, detail === 'facets' ? { source, manifestDigest } : NO_FACETS),
  )
}
