import { type Caller, invalid, must, Problem } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import { ARCHIVE_INDEX, type ArchiveIndex, type Archives } from '../archives.ts'
import type { RegistryDeps } from '../deps.ts'
import { ARCHIVE_LIMITS } from '../limits.ts'
import { findModel } from '../models/find-model.ts'
import { checkModelName } from '../names.ts'
import type { ModelKind } from '../registered-model.ts'
import { INDEX_BYTES, type IndexLimits } from './archive-index.ts'
import { claimFolders, releaseClaims } from './claims.ts'
import { describeReceived } from './describe-received.ts'
import { refused } from './entry-names.ts'
import { checkKind, type ImportedModel, keepImported } from './keep-imported.ts'
import { lend } from './lent-chunks.ts'
import { readIndex } from './read-index.ts'
import { readTar, type TarEntry } from './read-tar.ts'
import { makeReceiveFiles } from './receive-files.ts'
import { unpack } from './unpack.ts'

export interface ImportLimits extends IndexLimits {
  readonly ratio: number
}

/**
 * Imports an archive while it arrives: its files go into folders that are claimed before their first byte, and one
 * transaction makes versions of them. Whatever breaks it off leaves the folders to the background.
 */
export function makeImport(deps: RegistryDeps, limits: ImportLimits = ARCHIVE_LIMITS): Archives['import'] {
  const receiveFiles = makeReceiveFiles(deps)
  return async function importArchive(caller, { name, body: given }) {
    if (name !== undefined) checkModelName(name)
    const body = lend(given)
    const entries = readTar(unpack(body, limits.ratio), limits)
    const folders: string[] = []
    try {
      const index = await indexOf(entries, limits)
      const model: ImportedModel = { ...index.model, name: name ?? index.model.name }
      checkModelName(model.name)
      await refuseOtherKind(deps.db.read, caller, model)
      await deps.meter.mustFit(caller, 'artifact-bytes', bytesOf(index))
      const withFiles = index.versions.filter(({ files }) => files.length > 0)
      folders.push(...(await claimFolders(deps, caller, withFiles.length)))
      const folderOf = new Map(withFiles.map(({ version }, i) => [version, folders[i]!]))
      const received = await receiveFiles(
        caller,
        { entries, release: body.release },
        index.versions,
        folderOf,
      )
      const versions = await describeReceived(deps, caller, received)
      return await keepImported(deps, caller, model, versions)
    } catch (error) {
      await entries.return(undefined)
      // What cannot be released now is swept up later.
      await releaseClaims(deps, caller.workspace.key, folders).catch(() => {})
      throw error
    }
  }
}

async function indexOf(entries: AsyncGenerator<TarEntry>, limits: IndexLimits): Promise<ArchiveIndex> {
  const { value: first } = await entries.next()
  if (first === undefined) throw invalid('The archive has no entries.')
  if (first.kind !== 'file' || first.name !== ARCHIVE_INDEX) {
    throw refused(
      first.name,
      `stands where '${ARCHIVE_INDEX}' must be: it is the first entry of every archive`,
    )
  }
  if (first.size > INDEX_BYTES) throw refused(first.name, `has more than ${INDEX_BYTES} bytes`)
  const chunks: Uint8Array[] = []
  for await (const chunk of first.content) chunks.push(chunk)
  return readIndex(Buffer.concat(chunks), limits)
}

function bytesOf({ versions }: ArchiveIndex): number {
  return versions.flatMap(({ files }) => files).reduce((sum, { size }) => sum + size, 0)
}

/** Before gigabytes are received in vain; the transaction looks again. */
async function refuseOtherKind(
  reads: Reads,
  caller: Caller,
  { name, kind }: { readonly name: string; readonly kind: ModelKind },
): Promise<void> {
  try {
    const model = await findModel(reads, caller, name)
    must(caller, 'model.write', model.key)
    checkKind(model, kind)
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'RESOURCE_DOES_NOT_EXIST') throw error
    must(caller, 'model.create')
  }
}
