import { type Caller, invalid, missing, type Problem } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { type FileBelow, recordedBelow } from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import { keyOf } from '../registration/find-content.ts'
import type { Manifests } from '../registry.ts'
import { type FoundVersion, findVersion } from '../versions/find-version.ts'
import { changed } from './check-unchanged.ts'
import { isAsRegistered } from './is-as-registered.ts'
import { fileAt } from './manifest-rows.ts'

export function makeLocateFile(deps: RegistryDeps): Manifests['locate'] {
  return async function locateFile(caller, { path, ...id }) {
    const { version } = await findVersion(deps.db.read, caller, id)
    return locateIn(deps, caller, version, path)
  }
}

/** A file of a version that the caller may read; see `Manifests.locate`. */
export async function locateIn(
  deps: Pick<RegistryDeps, 'db' | 'store'>,
  caller: Caller,
  version: FoundVersion,
  path: string,
): Promise<Located> {
  if (version.manifestState === 'outside') throw outside(version)
  const isComplete = version.manifestState === 'complete'
  const recorded = isComplete ? await deps.db.read.first(fileAt, { version: version.key, path }) : undefined
  if (recorded === undefined && version.manifestState !== 'too-many') throw noSuchFile(version, path)
  const record = await recordAt(deps.db.read, caller, version.contentPath!, path)
  if (recorded === undefined) {
    if (record === undefined) throw noSuchFile(version, path)
    return { key: keyOf(caller, record), etag: record.etag, recorded: null }
  }
  if (record === undefined || !(await isAsRegistered(deps, caller, recorded, record))) {
    throw changed(version, path)
  }
  return { key: keyOf(caller, record), etag: record.etag, recorded }
}

type Located = Awaited<ReturnType<Manifests['locate']>>

/** The file at a path of a version. Where the version is one file, that is its folder and its name at once. */
async function recordAt(
  reads: Reads,
  caller: Caller,
  contentPath: string,
  path: string,
): Promise<FileBelow | undefined> {
  const own = contentPath.endsWith(`/${path}`) ? [contentPath] : []
  for (const full of [`${contentPath}/${path}`, ...own]) {
    const [record] = await recordedBelow(reads, caller, full, 1)
    if (record !== undefined && `${record.root}/${record.path}` === full) return record
  }
  return undefined
}

const nameOf = ({ name, version }: FoundVersion) => `Model Version (name=${name}, version=${version})`

function outside(version: FoundVersion): Problem {
  return invalid(
    `The files of ${nameOf(version)} are at '${version.storageLocation}', outside the store behind this server, which does not open other stores.`,
    'Read them with a client that has credentials for that store.',
  )
}

function noSuchFile(version: FoundVersion, path: string): Problem {
  return missing(`${nameOf(version)} has no file '${path}'.`)
}
