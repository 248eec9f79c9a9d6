import { type Caller, missing, mustReach, readableHas } from '@orrery/base/kernel'
import { byBytes, type Entry } from '@orrery/drivers/artifacts'
import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import { recordedBelow, type VersionFiles } from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { type FoundVersion, VERSION_COLUMNS } from '../versions/find-version.ts'
import { MOST_RECORDS } from './check-unchanged.ts'
import { locateIn } from './locate-file.ts'

const byKey = statement(
  'registry.version-by-key',
  (k: Kysely<RegistryTables>, p: { workspace: number; version: number }) =>
    k
      .selectFrom('model_versions')
      .innerJoin('registered_models', 'registered_models.model_key', 'model_versions.model_key')
      .select(VERSION_COLUMNS)
      .where('model_versions.version_key', '=', p.version)
      .where('model_versions.workspace_key', '=', p.workspace),
)

/** "0" is the character after "/". */
const filesBelow = statement(
  'registry.version-files-below',
  (k: Kysely<RegistryTables>, p: { version: number; from: string; to: string }) =>
    k
      .selectFrom('version_files')
      .select(['path', 'size', 'sha256 as etag'])
      .where('version_key', '=', p.version)
      .where('path', '>=', p.from)
      .where('path', '<', p.to)
      .orderBy('path'),
)

const LAST = '\u{10ffff}'

/** The files of versions by the version's own name; see `VersionFiles`. */
export function makeVersionFiles(deps: Pick<RegistryDeps, 'db' | 'store'>): VersionFiles {
  return {
    async locate(caller, { version: key, path }) {
      const version = await readable(deps.db.read, caller, key)
      if (path === '') throw noSuchPlace(key)
      const { key: at, etag } = await locateIn(deps, caller, version, path)
      return { key: at, etag }
    },

    async list(caller, { version: key, path: folder }) {
      const version = await readable(deps.db.read, caller, key)
      const files = await deps.db.scan((reads) => filesIn(reads, caller, version, folder))
      return entriesOf(files, folder === '' ? 0 : folder.length + 1, version.createdAt)
    },
  }
}

/** Whoever may read the model reads its versions. It concerns no run, so a confined credential does not reach it. */
async function readable(reads: Reads, caller: Caller, key: number): Promise<FoundVersion> {
  const version = await reads.first(byKey, { workspace: caller.workspace.key, version: key })
  if (version === undefined || !readableHas(caller.readable('model'), version.modelKey))
    throw noSuchPlace(key)
  mustReach(caller, undefined)
  return version
}

const noSuchPlace = (key: number) => missing(`No such artifact: 'registry/versions/${key}/artifacts'.`)

interface FileIn {
  readonly path: string
  readonly size: number
  readonly etag: string
}

async function filesIn(
  reads: Reads,
  caller: Caller,
  version: FoundVersion,
  folder: string,
): Promise<readonly FileIn[]> {
  if (version.manifestState === 'complete') {
    const [from, to] = folder === '' ? ['', LAST] : [`${folder}/`, `${folder}0`]
    return reads.all(filesBelow, { version: version.key, from, to })
  }
  // Of more files than a manifest holds the store's own records are all there is.
  if (version.contentPath === null) return []
  const below = folder === '' ? version.contentPath : `${version.contentPath}/${folder}`
  const rows = await recordedBelow(reads, caller, below, MOST_RECORDS)
  return rows.map(({ below: path, size, etag }) => ({
    path: folder === '' ? path : `${folder}/${path}`,
    size,
    etag,
  }))
}

/** What lies directly in a folder, in the order of the paths. @param from where its files' names begin in their paths */
function entriesOf(files: readonly FileIn[], from: number, modifiedAtMs: number): Entry[] {
  const entries = new Map<string, Entry>()
  for (const { path, size, etag } of files) {
    const rest = path.slice(from)
    const slash = rest.indexOf('/')
    const name = slash < 0 ? rest : rest.slice(0, slash)
    if (!entries.has(name))
      entries.set(
        name,
        slash < 0 ? { kind: 'file', name, size, etag, modifiedAtMs } : { kind: 'folder', name },
      )
  }
  return [...entries.values()].sort((a, b) => byBytes(a.name, b.name))
}
