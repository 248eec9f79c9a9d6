import { MODEL_VERSIONS, parseFilter, splitPrompts } from '@orrery/base/filter'
import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import { checkMaxResults, readToken, searchName, writeToken } from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import type { ModelVersion } from '../model-version.ts'
import type { RegistrySearch } from '../registry.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { type FoundVersion, VERSION_COLUMNS } from '../versions/find-version.ts'
import { loadVersions } from '../versions/load-versions.ts'
import { findVersions } from './find-versions.ts'
import { inChunks } from './in-chunks.ts'
import { type NamedTerm, versionTerms } from './registry-order.ts'

/** MLflow's, which answers with all of them unless told otherwise. */
const MOST = 200_000

/** Finds versions of models or of prompts, as MLflow would; `RegistrySearch` has the promise. */
export function makeSearchVersions({ db }: Pick<RegistryDeps, 'db'>): RegistrySearch['versions'] {
  return async function searchVersions(caller, search) {
    const limit = checkMaxResults(search.maxResults, MOST, MOST)
    const { prompts, filter } = splitPrompts(parseFilter(search.filter, MODEL_VERSIONS))
    const terms = versionTerms(search.orderBy, MODEL_VERSIONS)
    const order = terms.map(({ name, descending }) => [name, descending])
    const name = searchName('model versions', caller.workspace.key, search.filter ?? '', order)
    const after = readToken(search.pageToken, name)?.after
    const kind = prompts ? 'prompt' : 'model'
    return db.scan(async (reads) => {
      const keys = await findVersions(reads, { caller, kind, filter, after, limit: limit + 1 }, terms)
      const versions = await inChunks(keys.slice(0, limit), (some) => load(reads, some))
      const last = keys.length > limit ? versions.at(-1) : undefined
      if (last === undefined) return { versions }
      const place = { plan: 0, part: 0, skip: 0, after: terms.map((term) => sortValue(last, term)) }
      return { versions, nextPageToken: writeToken(name, place) }
    })
  }
}

function sortValue(version: ModelVersion, { name }: NamedTerm): string | number {
  if (name === 'name') return version.name
  if (name === 'version_number') return version.version
  return name === 'creation_timestamp' ? version.createdAt : version.updatedAt
}

const byKeys = statement(
  'registry.versions-by-keys',
  (k: Kysely<RegistryTables>, p: { keys: readonly number[] }, words) =>
    k
      .selectFrom('model_versions')
      .innerJoin('registered_models', 'registered_models.model_key', 'model_versions.model_key')
      .select(VERSION_COLUMNS)
      .where(words.among(sql.ref('model_versions.version_key'), p.keys)),
)

async function load(reads: Reads, keys: readonly number[]): Promise<ModelVersion[]> {
  const rows: FoundVersion[] = await reads.all(byKeys, { keys })
  const found = new Map(rows.map((version) => [version.key, version]))
  return loadVersions(
    reads,
    keys.flatMap((key) => found.get(key) ?? []),
    { aliases: false },
  )
}
