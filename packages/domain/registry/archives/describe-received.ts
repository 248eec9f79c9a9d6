import type { Caller } from '@orrery/base/kernel'
import type { RegistryDeps } from '../deps.ts'
import type { Content } from '../registration/content.ts'
import { describeFiles } from '../registration/describe-files.ts'
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
        ? WITHOUT_FILES
        : await describeFiles(
            files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
            (path) => readAll(store, `${folder}/${path}`),
          )
    described.push({ ...version, content })
  }
  return described
}

/** Of a prompt, whose text is in its tags. */
const WITHOUT_FILES: Content = {
  type: 'custom_model',
  runsCode: false,
  manifest: { state: 'empty', digest: null, files: 0, bytes: 0 },
  files: [],
  summary: null,
}

async function readAll(store: RegistryDeps['store'], key: string): Promise<Uint8Array> {
  const open = await store.open(key)
  const chunks: Uint8Array[] = []
  for await (const chunk of open.bytes() as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
