import type { Caller } from '@orrery/base/kernel'
import type { ArtifactDeps } from './artifact-deps.ts'
import { findReadableOwner, inWorkspace } from './owner.ts'
import { inVersionOf } from './version-folder.ts'

export interface ReadableFile {
  /** Where the store keeps it. */
  readonly key: string
  /** Set where the file must be this one: what was registered. */
  readonly etag?: string
}

/**
 * Finds what a canonical path of the store means to a caller who may read it, be it in a run, a logged model, a trace or a
 * registered version.
 *
 * @throws RESOURCE_DOES_NOT_EXIST for a path under no owner, also where the caller may not see the owner
 */
export async function findReadable(
  { db, findVersionFolder, versionFiles }: Pick<ArtifactDeps, 'db' | 'findVersionFolder' | 'versionFiles'>,
  caller: Caller,
  path: string,
): Promise<ReadableFile> {
  const ofVersion = inVersionOf(inWorkspace(caller, path))
  if (ofVersion !== undefined && versionFiles !== undefined) return versionFiles.locate(caller, ofVersion)
  const { key } = await findReadableOwner(db.read, caller, path, findVersionFolder)
  return { key }
}
