import { type Caller, invalid, missing, must, mustReach, Problem } from '@orrery/base/kernel'
import type { Reads, Tx } from '@orrery/drivers/db'
import { checkLength, makeAddModelVersionTag } from '../../tracking/index.ts'
import type { RegistryDeps } from '../deps.ts'
import { LIMITS } from '../limits.ts'
import { checkUnchanged } from '../manifests/check-unchanged.ts'
import type { ModelVersion, VersionType } from '../model-version.ts'
import { insertModel } from '../models/create-model.ts'
import { type FoundModel, findModel, takeModel } from '../models/find-model.ts'
import { checkDescription, checkModelName, checkStorable, checkVersionTag, distinctTags } from '../names.ts'
import type { Tag } from '../registered-model.ts'
import { type FoundVersion, versionOf } from '../versions/find-version.ts'
import { loadVersions } from '../versions/load-versions.ts'
import { automaticTags } from './automatic-tags.ts'
import { type Content, ELSEWHERE, PROMPT } from './content.ts'
import { asCustom } from './describe-files.ts'
import { areSame, type FoundContent, findContent, recordsBelow } from './find-content.ts'
import { insertVersion } from './insert-version.ts'
import type { ResolvedSource } from './resolve-source.ts'
import { summaryOf } from './summary-of.ts'

/** What is to be registered. */
export interface Registration {
  readonly name: string
  readonly tags: readonly Tag[] | undefined
  readonly description: string
  readonly runLink: string
  readonly isPrompt: boolean
  /** Found out if left out. */
  readonly type?: VersionType | undefined
  /** Whether a model of that name is made where there is none. */
  readonly makesModel?: boolean
  /** Whether something must lie at the source. */
  readonly needsFiles?: boolean
  /** Asked again in the transaction: what a source names may have changed meanwhile. */
  resolve(reads: Reads): Promise<ResolvedSource>
}

/** Reading a gigabyte takes a second, in which a running upload may end; what changes more often is not finished. */
const TRIES = 3

/** A version with what belongs to it, before its number is known. */
interface Prepared {
  readonly source: ResolvedSource
  readonly content: Content
  /** The records of the content; null where it is not made of records. */
  readonly rows: FoundContent['rows'] | null
}

/**
 * Registers a version. Everything that takes long (hashing, reading MLmodel) comes first; one transaction then takes
 * the model, looks whether all of it is still true, and writes. A call that dies anywhere leaves nothing but digests.
 */
export function makeRegister(deps: RegistryDeps) {
  const { db } = deps
  const addModelVersionTag = makeAddModelVersionTag(deps)

  return async function register(caller: Caller, given: Registration): Promise<{ version: ModelVersion }> {
    for (let left = TRIES; left > 0; left--) {
      const source = await given.resolve(db.read)
      const tags = checked(given)
      mustReach(caller, source.run?.key)
      await mayBecomeVersion(db.read, caller, given)
      const prepared = await prepare(deps, caller, given, source)
      if (prepared === undefined) continue
      const bytes = bytesOf(prepared, tags)
      const version = await db
        .inTx((tx) => write(tx, caller, given, prepared, tags), { bytes })
        .catch((error) => againOr(error, given, left))
      if (version !== undefined) return { version }
    }
    throw new Problem(
      'RESOURCE_CONFLICT',
      `The files at the source of the new version of '${given.name}' changed while they were read, ${TRIES} times.`,
      { hint: 'Repeat the call when the uploads have ended. Where there are none, upload the files again.' },
    )
  }

  /** Throws `Outdated` where something is not as it was prepared. */
  async function write(
    tx: Tx,
    caller: Caller,
    given: Registration,
    prepared: Prepared,
    givenTags: ReadonlyMap<string, string>,
  ): Promise<ModelVersion> {
    const model = await takeModels(tx, caller, given, prepared)
    const source = await given.resolve(tx)
    if (!isStill(prepared.source, source)) throw new Outdated()
    if (prepared.rows !== null) {
      const rows = await recordsBelow(tx, caller, source.contentPath!)
      if (!areSame(prepared.rows, rows)) throw new Outdated()
    }
    const { content } = prepared
    const tags = given.isPrompt ? givenTags : automaticTags({ run: source.run, content }, givenTags)
    const { version } = await insertVersion(deps, tx, caller, model, {
      description: given.description,
      source: source.source,
      storageLocation: source.storageLocation,
      contentPath: source.contentPath,
      runId: source.runId,
      runLink: given.runLink,
      modelId: source.modelId,
      folderId: source.copyOf?.folderId ?? null,
      sourceVersionKey: source.copyOf?.key ?? null,
      sourceVersion: source.copyOf ?? undefined,
      content,
      tags,
    })
    if (source.modelId !== '' && source.copyOf === null && !given.isPrompt) {
      await addModelVersionTag(tx, caller, { modelId: source.modelId, name: model.name, version })
    }
    const made = await versionOf(tx, model, version)
    const [shown] = await loadVersions(tx, [made.version], { aliases: true })
    return shown!
  }

  async function takeModels(
    tx: Tx,
    caller: Caller,
    given: Registration,
    { source }: Prepared,
  ): Promise<FoundModel> {
    // Two that copy from each other take both rows in the same order.
    const copied = source.copyOf?.name
    if (copied !== undefined && copied < given.name) await takeModel(tx, caller, copied, 'model.read')
    const model = await takeOrMake(tx, caller, given)
    if (copied !== undefined && copied > given.name) await takeModel(tx, caller, copied, 'model.read')
    return model
  }

  async function takeOrMake(tx: Tx, caller: Caller, { name, makesModel }: Registration): Promise<FoundModel> {
    try {
      return await takeModel(tx, caller, name, 'model.write')
    } catch (error) {
      if (makesModel !== true || !(error instanceof Problem) || error.code !== 'RESOURCE_DOES_NOT_EXIST')
        throw error
      return insertModel(deps, tx, caller, { name, description: null, tags: new Map() })
    }
  }
}

/** Before gigabytes are hashed in vain; the transaction asks again. */
async function mayBecomeVersion(
  reads: Reads,
  caller: Caller,
  { name, makesModel }: Registration,
): Promise<void> {
  try {
    must(caller, 'model.write', (await findModel(reads, caller, name)).key)
  } catch (error) {
    const isAbsent = error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST'
    if (makesModel !== true || !isAbsent) throw error
    must(caller, 'model.create')
  }
}

/** Takes the transaction back: it may have made the model. */
class Outdated extends Error {}

/**
 * Where somebody else made the model in the same moment, the next try finds it, unless it is hidden from the caller.
 *
 * @returns undefined where another try makes sense
 */
function againOr(error: unknown, { makesModel }: Registration, left: number): undefined {
  const isTaken = error instanceof Problem && error.code === 'RESOURCE_ALREADY_EXISTS'
  if (error instanceof Outdated || (makesModel === true && isTaken && left > 1)) return undefined
  throw error
}

/** After the source, as MLflow does: its store looks at the rest. @returns the tags, of which the last of a key counts */
function checked(given: Registration): Map<string, string> {
  checkModelName(given.name)
  const tags = distinctTags(given.tags, checkVersionTag)
  checkDescription(given.description)
  checkStorable(given.runLink, 'run_link')
  checkLength(given.runLink, LIMITS.runLink, 'run_link')
  return tags
}

async function prepare(
  deps: RegistryDeps,
  caller: Caller,
  given: Registration,
  source: ResolvedSource,
): Promise<Prepared | undefined> {
  if (given.isPrompt) return { source, content: PROMPT, rows: null }
  if (source.copyOf !== null) {
    // What changes after this is told by the copy itself, whose manifest is that of the other.
    await checkUnchanged(deps, caller, source.copyOf)
    const summary = await summaryOf(deps.db.read, source.copyOf)
    return { source, content: { ...contentOf(source.copyOf), summary }, rows: null }
  }
  if (source.contentPath === null) return { source, content: ofType(ELSEWHERE, given), rows: null }
  const found = await findContent(deps, caller, source.contentPath)
  if (found === undefined) return undefined
  if (found.rows.length === 0 && given.needsFiles === true) {
    throw missing(`No file and no folder with files is recorded at '${source.source}'.`)
  }
  return { source, content: ofType(found.content, given), rows: found.rows }
}

/** A folder with an MLmodel may be registered as any other folder, and not the other way round. */
function ofType(content: Content, { type }: Registration): Content {
  if (type === undefined || type === content.type) return content
  if (type === 'custom_model') return asCustom(content)
  throw invalid(
    `Invalid value 'mlflow_model' for parameter 'type': ${content.summary?.warnings[0] ?? 'there is no MLmodel at the source.'}`,
    "Log the model with MLflow, or register it as 'custom_model'.",
  )
}

function contentOf(version: FoundVersion): Content {
  return {
    type: version.type,
    runsCode: version.runsCode === 1,
    manifest: {
      state: version.manifestState,
      digest: version.manifestDigest,
      files: version.manifestFiles,
      bytes: version.manifestBytes,
    },
    files: [],
    summary: null,
  }
}

/** Whether a source still means what it meant when its files were read. */
function isStill(before: ResolvedSource, now: ResolvedSource): boolean {
  return (
    before.contentPath === now.contentPath &&
    before.storageLocation === now.storageLocation &&
    before.copyOf?.key === now.copyOf?.key
  )
}

function bytesOf({ content }: Prepared, tags: ReadonlyMap<string, string>): number {
  const ofTags = Array.from(tags).reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  return 4096 + ofTags + content.files.length * 200
}
