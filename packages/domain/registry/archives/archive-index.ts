import { fields } from '@orrery/base/contract'
import { strictJson } from '@orrery/base/formats'
import { invalid, Problem } from '@orrery/base/kernel'
import { checkLength } from '../../tracking/index.ts'
import { ARCHIVE_FORMAT, ARCHIVE_INDEX, type ArchivedVersion, type ArchiveIndex } from '../archives.ts'
import { ARCHIVE_LIMITS, LIMITS } from '../limits.ts'
import { type ManifestFile, VERSION_STATUSES } from '../model-version.ts'
import { checkAlias, checkAliasIsFree, checkDescription, checkModelTag, checkVersionTag } from '../names.ts'
import { IS_PROMPT_TAG, kindOf, type Tag } from '../registered-model.ts'
import { STAGES } from '../stages.ts'
import { checkEntryName, refuseLookalikes } from './entry-names.ts'
import { ownFolder } from './own-folder.ts'

/** Of an index, which is read whole: 20,000 files take about 3 MB. */
export const INDEX_BYTES = 8 * 1024 * 1024

const { int64, list, maybe, message, text, word } = fields

const Tags = list(message({ key: text(), value: text() }))
const File = message({ path: text(), size: int64(), sha256: text() })
const Version = message({
  version: int64(),
  stage: word(STAGES),
  status: word(VERSION_STATUSES),
  type: word(['mlflow_model', 'custom_model']),
  description: maybe(text()),
  source: text(),
  runId: text(),
  modelId: text(),
  createdAt: int64(),
  tags: Tags,
  files: list(File),
})
const Index = message({
  format: word([ARCHIVE_FORMAT]),
  model: message({
    name: text(),
    kind: word(['model', 'prompt']),
    description: maybe(text()),
    tags: Tags,
    aliases: list(message({ alias: text(), version: int64() })),
  }),
  versions: list(Version),
})
const codec = strictJson(Index as never, { type: 'object', properties: {} })

/** MLflow's column takes no greater number, and the next one must fit as well. */
const LAST_VERSION = 2 ** 31 - 2

export interface IndexLimits {
  readonly bytes: number
  readonly entries: number
  readonly depth: number
  readonly versions: number
  readonly tags: number
}

/** The name of a file's entry. */
export const entryName = (version: number, path: string) => `versions/${version}/${path}`

/**
 * Reads an index and checks it. Throws INVALID_PARAMETER_VALUE for what is none, for a field that it does
 * not have, and for whatever an import would not keep.
 */
export function parseIndex(bytes: Uint8Array, limits: IndexLimits = ARCHIVE_LIMITS): ArchiveIndex {
  return naming(ARCHIVE_INDEX, () => {
    const index = decode(bytes)
    const { model, versions } = index
    const whole: ArchiveIndex = {
      ...index,
      model: { ...model, description: model.description ?? null },
      versions: versions.map((version) => ({ ...version, description: version.description ?? null })),
    }
    checkIndex(whole, limits)
    return whole
  })
}

/** The codec speaks of requests. */
function decode(bytes: Uint8Array): ArchiveIndex {
  try {
    return codec.decode({ body: bytes }) as unknown as ArchiveIndex
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw invalid(error.message.replace(/^The request body/, 'It'), error.hint)
  }
}

/**
 * Refuses an index whose versions could not all be kept as they are told. What an export writes has passed it too.
 */
function checkIndex(index: ArchiveIndex, limits: IndexLimits): void {
  checkSize(index, limits)
  checkModel(index)
  const numbers = new Set<number>()
  for (const version of index.versions) {
    if (version.version < 1 || version.version > LAST_VERSION) {
      throw invalid(`versions: ${version.version} is no number of a version: those are 1 to ${LAST_VERSION}.`)
    }
    if (numbers.has(version.version)) throw invalid(`versions: ${version.version} stands twice.`)
    numbers.add(version.version)
    naming(`version ${version.version}`, () => checkVersion(version, index.model.kind === 'prompt', limits))
  }
  for (const { alias, version } of index.model.aliases) {
    if (!numbers.has(version)) {
      throw invalid(`model.aliases: '${alias}' names version ${version}, which is not in the archive.`)
    }
  }
}

function checkModel({ model, versions }: ArchiveIndex): void {
  const { kind, description, tags, aliases } = model
  if (versions.length === 0) throw invalid('versions: there is none.')
  checkDescription(description ?? undefined)
  for (const tag of tags) checkModelTag(tag)
  refuseTwice(tags, 'model.tags')
  if (kindOf(tags.find(({ key }) => key === IS_PROMPT_TAG)?.value) !== kind) {
    throw invalid(`model.kind: '${kind}' does not agree with the tag '${IS_PROMPT_TAG}'.`)
  }
  if (aliases.length > LIMITS.aliases) throw invalid(`model.aliases: there are more than ${LIMITS.aliases}.`)
  for (const { alias } of aliases) {
    checkAlias(alias)
    checkAliasIsFree(alias)
  }
  refuseTwice(
    aliases.map(({ alias }) => ({ key: alias })),
    'model.aliases',
  )
}

/** Before anything is done for each of them. */
function checkSize({ model, versions }: ArchiveIndex, limits: IndexLimits): void {
  if (versions.length > limits.versions) throw invalid(`versions: there are more than ${limits.versions}.`)
  let files = 0
  let bytes = 0
  let tags = model.tags.length
  for (const version of versions) {
    files += version.files.length
    tags += version.tags.length
    for (const { size } of version.files) bytes += Math.max(0, size)
  }
  if (tags > limits.tags) throw invalid(`They have more than ${limits.tags} tags.`)
  if (files >= limits.entries) throw invalid(`They have more than ${limits.entries - 1} files.`)
  if (bytes > limits.bytes) throw invalid(`Their files have more than ${limits.bytes} bytes.`)
}

function checkVersion(version: ArchivedVersion, prompt: boolean, limits: IndexLimits): void {
  const { description, source, runId, modelId, createdAt, tags, files } = version
  checkDescription(description ?? undefined)
  checkLength(source, LIMITS.source, 'source')
  checkLength(runId, LIMITS.source, 'runId')
  checkLength(modelId, LIMITS.source, 'modelId')
  if (createdAt < 0) throw invalid('createdAt: it is negative.')
  for (const tag of tags) checkVersionTag(tag)
  refuseTwice(tags, 'tags')
  if (prompt && files.length > 0) throw invalid('files: versions of a prompt have none.')
  if (!prompt && files.length === 0) throw invalid('files: there is none.')
  for (const file of files) checkFile(version.version, file, limits)
  refuseLookalikes(files.map(({ path }) => path))
}

function checkFile(version: number, { path, size, sha256 }: ManifestFile, { depth }: IndexLimits): void {
  checkEntryName(path, depth - entryName(version, '').split('/').length + 1)
  if (size < 0) throw invalid(`files: '${path}' has the size ${size}.`)
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw invalid(`files: the SHA-256 of '${path}' is not 64 lower-case hex digits.`)
  }
  // It gets a longer path here than in the archive.
  checkEntryName(`${ownFolder('0'.repeat(32))}/${path}`, Number.POSITIVE_INFINITY)
}

function refuseTwice(items: readonly Pick<Tag, 'key'>[], field: string): void {
  const seen = new Set<string>()
  for (const { key } of items) {
    if (seen.has(key)) throw invalid(`${field}: '${key}' stands twice.`)
    seen.add(key)
  }
}

/** Puts what is spoken of before the sentence of a problem. */
function naming<Result>(subject: string, check: () => Result): Result {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw invalid(`${subject}: ${error.message}`, error.hint)
  }
}
