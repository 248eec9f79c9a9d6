import { type Caller, invalid, Problem } from '@orrery/base/kernel'
import type { OpenFile } from '@orrery/drivers/artifacts'
import type { ArtifactDeps } from './artifact-deps.ts'
import { findReadable } from './find-readable.ts'

/**
 * Opens a file for reading. Throws RESOURCE_DOES_NOT_EXIST where there is none and INVALID_PARAMETER_VALUE for a folder.
 *
 * @param path canonical (`parseArtifactPath`)
 */
export function makeOpenArtifact(
  deps: Pick<ArtifactDeps, 'db' | 'store' | 'findVersionFolder' | 'versionFiles'>,
) {
  const { store } = deps
  return async function openArtifact(caller: Caller, path: string): Promise<OpenFile> {
    const { key, etag } = await findReadable(deps, caller, path)
    try {
      return await openSame(await store.open(key), path, etag)
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

/** Between two questions, or on the disk below the server, a file of a version may have become another. */
async function openSame(file: OpenFile, path: string, etag: string | undefined): Promise<OpenFile> {
  if (etag === undefined || file.facts.etag === etag) return file
  await file.close()
  throw new Problem(
    'RESOURCE_CONFLICT',
    `The file at '${path}' is not what was registered: it was replaced just now.`,
    {
      hint: 'Repeat the call. If that does not help, upload the file as it was registered again.',
    },
  )
}
