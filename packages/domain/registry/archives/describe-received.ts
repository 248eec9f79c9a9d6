import type { Caller } from '@orrery/base/kernel'
import type { RegistryDeps } from '../deps.ts'
import { PROMPT } from '../registration/content.ts'
import { describeFiles } from '../registration/describe-files.ts'
import { readAll } from '../registration/read-all.ts'
import type { DescribedVersion } from './keep-imported.ts'
import { ownFolder } from './own-folder.ts'
import type { ReceivedVersion } from './receive-files.ts'

/** Looks into the files of versions that have come, as at a registration: of what the archive says nothing is believed. */
export async function describeReceived(
  { store }: Pick<RegistryDeps, 'store'>,
  caller: Caller,
  versions: readonly ReceivedVersion[],
): Promise<DescribedVersion[]> {
  const described: DescribedVersion[] = []
  for (const version of versions) {
    const { folderId, files } = version
    const folder = folderId === null ? undefined : `${caller.workspace.key}/${ownFolder(folderId)}`
    const content =
      folder === undefined
        ? PROMPT
        : await describeFiles(
            files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
            async (path) => readAll(await store.open(`${folder}/${path}`)),
          )
    described.push({ ...version, content })
  }
  return described
}
