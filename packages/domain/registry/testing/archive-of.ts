import { ARCHIVE_FORMAT, ARCHIVE_INDEX, type ArchivedVersion, type ArchiveIndex } from '../archives.ts'
import { IS_PROMPT_TAG } from '../registered-model.ts'
import { sha256Of } from './keep-files.ts'
import { END, rawEntry, rawPax } from './raw-tar.ts'

type Texts = Readonly<Record<string, string>>

/** A version of an archive with files, by their path. */
export function archivedOf(
  version: number,
  files: Texts,
  more: Partial<ArchivedVersion> = {},
): ArchivedVersion {
  return {
    version,
    stage: 'None',
    status: 'READY',
    type: 'mlflow_model',
    description: null,
    source: 'mlflow-artifacts:/0/r/artifacts/model',
    runId: '',
    modelId: '',
    createdAt: 1,
    tags: [],
    files: Object.entries(files).map(([path, text]) => ({
      path,
      size: Buffer.byteLength(text),
      sha256: sha256Of(text),
    })),
    ...more,
  }
}

export function indexOf(
  versions: readonly ArchivedVersion[],
  more: Partial<ArchiveIndex['model']> = {},
): ArchiveIndex {
  const tags = more.kind === 'prompt' ? [{ key: IS_PROMPT_TAG, value: 'true' }] : []
  const model = { name: 'm', kind: 'model', description: null, tags, aliases: [], ...more } as const
  return { format: ARCHIVE_FORMAT, model, versions }
}

/** The first entry of an archive; any value stands in for an index. */
export const indexEntry = (index: unknown) =>
  rawEntry(ARCHIVE_INDEX, typeof index === 'string' ? index : JSON.stringify(index))

/** The entry of a file of a version, with an extended header for its name. */
export const fileEntry = (version: number, path: string, text: string) =>
  Buffer.concat([rawPax({ path: `versions/${version}/${path}` }), rawEntry('file', text)])

/** A whole archive, sound if the index is. */
export function archiveOf(index: ArchiveIndex, files: Readonly<Record<number, Texts>>): Buffer {
  const entries = Object.entries(files).flatMap(([version, texts]) =>
    Object.entries(texts).map(([path, text]) => fileEntry(Number(version), path, text)),
  )
  return Buffer.concat([indexEntry(index), ...entries, END])
}
