import { type Caller, Problem, type ProblemCode } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { findReadableOwner, locationOfVersion } from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import { checkUnchanged } from '../manifests/check-unchanged.ts'
import type { Versions } from '../registry.ts'
import { type FoundVersion, findVersion } from './find-version.ts'

/**
 * What a client downloads lies with a run or logged model, where it may have been replaced: it is told here. Whoever may read
 * the model and not where it comes from is led to the same files by the version's own name.
 */
export function makeGetDownloadUri(deps: RegistryDeps): Versions['downloadUri'] {
  return async function getDownloadUri(caller, id) {
    const { version } = await findVersion(deps.db.read, caller, id)
    await checkUnchanged(deps, caller, version)
    const mayRead = await mayReadSource(deps.db.read, caller, version)
    return mayRead ? version.storageLocation : locationOfVersion(version.key)
  }
}

/** Files in other stores are the client's own affair, and the registry's own are read by the right to the model. */
async function mayReadSource(
  reads: Reads,
  caller: Caller,
  { contentPath, folderId }: FoundVersion,
): Promise<boolean> {
  if (contentPath === null || folderId !== null) return true
  try {
    await findReadableOwner(reads, caller, contentPath)
    return true
  } catch (error) {
    if (error instanceof Problem && NOT_ALLOWED.has(error.code)) return false
    throw error
  }
}

const NOT_ALLOWED: ReadonlySet<ProblemCode> = new Set(['RESOURCE_DOES_NOT_EXIST', 'PERMISSION_DENIED'])
