import { type Caller, invalid, Problem } from '@orrery/base/kernel'
import type { OpenFile } from '@orrery/drivers/artifacts'
import type { ArtifactDeps } from './artifact-deps.ts'
import { findOwner } from './owner.ts'

/**
 * Opens a file for reading. Throws RESOURCE_DOES_NOT_EXIST where there is none and INVALID_PARAMETER_VALUE for a folder.
 *
 * @param path canonical (`parseArtifactPath`)
 */
export function makeOpenArtifact({ db, store }: Pick<ArtifactDeps, 'db' | 'store'>) {
  return async function openArtifact(caller: Caller, path: string): Promise<OpenFile> {
    const { key } = await findOwner(db.read, caller, path)
    try {
      return await store.open(key)
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'RESOURCE_DOES_NOT_EXIST') throw error
      if ((await store.list(key, { limit: 1 })).entries.length === 0) throw error
      throw invalid(
        `Artifact path refers to a directory, not a file: '${path}'.`,
        'List it and read its files.',
      )
    }
  }
}
