import { type Caller, Problem } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import { type Kysely, sql } from 'kysely'
import { type FileBelow, recordedBelow } from '../../tracking/index.ts'
import { ARCHIVE_FORMAT, type ArchiveIndex } from '../archives.ts'
import type { ManifestFile, ModelVersion } from '../model-version.ts'
import { type FoundModel, findModel } from '../models/find-model.ts'
import { loadModels } from '../models/load-models.ts'
import type { RegistryTables } from '../registry-tables.ts'
import { type FoundVersion, findVersion, VERSION_COLUMNS } from '../versions/find-version.ts'
import { loadVersions } from '../versions/load-versions.ts'
import { entryName, type IndexLimits } from './archive-index.ts'

/** Files that came to a version's folder after it was registered are passed over, but so many are none that passed by. */
const MOST_BELOW = 1_000_000

/** A file of a version, and where it is. */
export interface FileToExport extends ManifestFile {
  readonly entry: string
  /** For `ArtifactStore.open`. */
  readonly key: string
  /** When its version was made, in milliseconds since the epoch. */
  readonly createdAt: number
}

export interface ExportPlan {
  readonly index: ArchiveIndex
  /** When the model was last changed, in milliseconds since the epoch. */
  readonly updatedAt: number
  readonly files: readonly FileToExport[]
}

const versionsOf = statement(
  'registry.versions-to-export',
  (k: Kysely<RegistryTables>, p: { model: number; limit: number }) =>
    k
      .selectFrom('model_versions')
      .innerJoin('registered_models', 'registered_models.model_key', 'model_versions.model_key')
      .select(VERSION_COLUMNS)
      .where('model_versions.model_key', '=', p.model)
      .orderBy('model_versions.version')
      .limit(p.limit),
)

const filesOf = statement(
  'registry.files-to-export',
  (k: Kysely<RegistryTables>, p: { versions: readonly number[] }, words) =>
    k
      .selectFrom('version_files')
      .select(['version_key as version', 'path', 'size', 'sha256'])
      .where(words.among(sql.ref('version_key'), p.versions))
      .orderBy('version_key')
      .orderBy('path'),
)

/** What an archive of a model, or of one version, consists of. Throws what can be known before the first byte. */
export async function planExport(
  reads: Reads,
  caller: Caller,
  input: { readonly name: string; readonly version?: string | undefined },
  limits: IndexLimits,
): Promise<ExportPlan> {
  const { model, versions } = await chosen(reads, caller, input, limits)
  for (const version of versions) refuseWithoutFiles(model, version)
  const total = versions.reduce((sum, { manifestFiles }) => sum + manifestFiles, 0)
  if (total >= limits.entries) throw tooLarge(model, `it has ${total} files`)
  const rows = await reads.all(filesOf, { versions: versions.map(({ key }) => key) })
  const filesByVersion = Map.groupBy(rows, (row) => row.version)
  const shown = await loadVersions(reads, versions, { aliases: false })
  const manifests = versions.map(({ key }) => (filesByVersion.get(key) ?? []).map(asFile))
  const index = {
    format: ARCHIVE_FORMAT,
    model: await modelOf(reads, model, new Set(versions.map(({ version }) => version))),
    versions: shown.map((version, i) => archived(version, manifests[i]!)),
  } as const
  const files: FileToExport[] = []
  for (const [i, version] of versions.entries()) {
    for (const file of await place(reads, caller, version, manifests[i]!)) files.push(file)
  }
  return { index, updatedAt: model.updatedAt, files }
}

async function chosen(
  reads: Reads,
  caller: Caller,
  { name, version: one }: { readonly name: string; readonly version?: string | undefined },
  limits: IndexLimits,
): Promise<{ model: FoundModel; versions: FoundVersion[] }> {
  if (one !== undefined) {
    const { model, version } = await findVersion(reads, caller, { name, version: one })
    return { model, versions: [version] }
  }
  const model = await findModel(reads, caller, name)
  const versions = await reads.all(versionsOf, { model: model.key, limit: limits.versions + 1 })
  if (versions.length > limits.versions) throw tooLarge(model, `it has more than ${limits.versions} versions`)
  if (versions.length === 0) {
    throw new Problem('INVALID_STATE', `'${model.name}' has no versions, so there is nothing to export.`)
  }
  return { model, versions }
}

function refuseWithoutFiles(model: FoundModel, { version, manifestState }: FoundVersion): void {
  if (manifestState === 'complete' || (model.kind === 'prompt' && manifestState === 'empty')) return
  const why = {
    outside: 'its files are in a store that the server does not open',
    empty: 'nothing lies at its source',
    'too-many': 'it has more files than a manifest takes',
    complete: '',
  }[manifestState]
  throw new Problem('INVALID_STATE', `Version ${version} of '${model.name}' cannot be exported: ${why}.`)
}

async function modelOf(
  reads: Reads,
  model: FoundModel,
  versions: ReadonlySet<number>,
): Promise<ArchiveIndex['model']> {
  const [shown] = await loadModels(reads, [model])
  const { name, kind, description, tags, aliases } = shown!
  return {
    name,
    kind,
    description,
    tags,
    aliases: aliases.filter(({ version }) => versions.has(version)),
  }
}

function archived(of: ModelVersion, files: readonly ManifestFile[]): ArchiveIndex['versions'][number] {
  const { version, stage, status, type, description, source, runId, modelId, createdAt, tags } = of
  return { version, stage, status, type, description, source, runId, modelId, createdAt, tags, files }
}

const asFile = ({ path, size, sha256 }: ManifestFile): ManifestFile => ({ path, size, sha256 })

/** Where the files of a version are. Throws RESOURCE_CONFLICT where one is not what was registered. */
async function place(
  reads: Reads,
  caller: Caller,
  { name, version, contentPath, createdAt }: FoundVersion,
  files: readonly ManifestFile[],
): Promise<FileToExport[]> {
  if (files.length === 0) return []
  const rows = await recordedBelow(reads, caller, contentPath!, MOST_BELOW)
  const recorded = new Map(rows.map((row) => [row.below, row]))
  return files.map((file) => {
    const now = recorded.get(file.path)
    if (now === undefined || isChanged(now, file)) throw notAsRegistered(name, version, file.path)
    const key = `${caller.workspace.key}/${now.root}/${now.path}`
    return { ...file, entry: entryName(version, file.path), key, createdAt }
  })
}

/** A digest that the store could not tell is found out when the bytes go by. */
const isChanged = (now: FileBelow, file: ManifestFile) =>
  now.size !== file.size || (now.sha256 !== null && now.sha256 !== file.sha256)

export function notAsRegistered(name: string, version: number | string, path: string): Problem {
  return new Problem(
    'RESOURCE_CONFLICT',
    `The file '${path}' of version ${version} of '${name}' is not what was registered: it was changed or deleted since.`,
    { hint: 'Put the file back as it was, or register the present ones as a new version.' },
  )
}

export function tooLarge(model: { readonly name: string }, why: string): Problem {
  return new Problem('INVALID_STATE', `'${model.name}' does not fit into an archive: ${why}.`, {
    hint: 'Export its versions one by one.',
  })
}
