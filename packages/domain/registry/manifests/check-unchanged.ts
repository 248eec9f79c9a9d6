import { type Caller, Problem } from '@orrery/base/kernel'
import { recordedBelow } from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import { LIMITS } from '../limits.ts'
import type { FoundVersion } from '../versions/find-version.ts'
import { isAsRegistered } from './is-as-registered.ts'
import { filesAfter } from './manifest-rows.ts'

/** Of a folder that has grown beyond this nobody wants to read what was added. */
export const MOST_RECORDS = 5 * LIMITS.manifestFiles

/**
 * Refuses a version of a run or logged model where a file is not what was registered (`isAsRegistered`). Files that were
 * added are no change.
 *
 * @throws RESOURCE_CONFLICT naming the first such file
 */
export async function checkUnchanged(
  deps: Pick<RegistryDeps, 'db' | 'store'>,
  caller: Caller,
  version: FoundVersion,
): Promise<void> {
  // The registry's own files never change.
  if (version.manifestState !== 'complete' || version.folderId !== null) return
  const { files, records } = await deps.db.scan(async (reads) => ({
    files: await reads.all(filesAfter, { version: version.key, after: '', limit: LIMITS.manifestFiles }),
    records: await recordedBelow(reads, caller, version.contentPath!, MOST_RECORDS),
  }))
  const recorded = new Map(records.map((record) => [record.below, record]))
  for (const file of files) {
    const record = recorded.get(file.path)
    const isSame = record !== undefined && (await isAsRegistered(deps, caller, file, record))
    if (!isSame) throw changed(version, file.path)
  }
}

export function changed({ name, version }: FoundVersion, path: string): Problem {
  return new Problem(
    'RESOURCE_CONFLICT',
    `The file '${path}' of Model Version (name=${name}, version=${version}) is not what was registered: it was replaced or removed since.`,
    { hint: 'Restore the file, or register what is there now as a new version.' },
  )
}
