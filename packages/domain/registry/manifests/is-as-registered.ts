import type { Caller } from '@orrery/base/kernel'
import type { FileBelow } from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import type { ManifestFile } from '../model-version.ts'
import { digestOf, FileChanged } from '../registration/find-content.ts'

/**
 * Whether a file is what was registered, by what the server recorded when it was written. The file itself is read only
 * where its digest is not known: one that was replaced since, in a store that does not tell.
 */
export async function isAsRegistered(
  deps: Pick<RegistryDeps, 'db' | 'store'>,
  caller: Caller,
  file: ManifestFile,
  record: FileBelow,
): Promise<boolean> {
  if (record.size !== file.size) return false
  try {
    return (record.sha256 ?? (await digestOf(deps, caller, record))) === file.sha256
  } catch (error) {
    if (error instanceof FileChanged) return false
    throw error
  }
}
