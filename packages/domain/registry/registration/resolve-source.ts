import { type Caller, invalid, missing, Problem } from '@orrery/base/kernel'
import type { Reads } from '@orrery/drivers/db'
import {
  checkLength,
  type FoundLoggedModel,
  type FoundRun,
  findLoggedModel,
  findRun,
  findRunIfAny,
  parseArtifactFolder,
  storePathOf,
} from '../../tracking/index.ts'
import { LIMITS } from '../limits.ts'
import { findModel } from '../models/find-model.ts'
import { latestOf } from '../models/load-models.ts'
import { checkAlias, checkStorable } from '../names.ts'
import { parseStage } from '../stages.ts'
import { type FoundVersion, findVersion } from '../versions/find-version.ts'
import { versionByAlias } from '../versions/get-version-by-alias.ts'
import { isLocal, notTheOwner, type OwnerField, parseSource, refused, type SourceUri } from './source-uri.ts'

/** A source, and whose it is, as the caller gave them. */
export interface GivenSource {
  readonly source: string
  readonly runId?: string | undefined
  readonly modelId?: string | undefined
}

/** A source after everything that it names was found. `RegistryTables` says what the fields mean. */
export interface ResolvedSource {
  readonly source: string
  readonly storageLocation: string
  readonly contentPath: string | null
  readonly runId: string
  readonly modelId: string
  /** The version that it is. */
  readonly copyOf: FoundVersion | null
  /** The run it comes from, where there is one and the caller may read it. */
  readonly run: FoundRun | null
}

/**
 * Finds what a source names and refuses it unless it lies with the run or logged model that the caller names: MLflow's
 * checks, and one more: whatever is named must be there.
 *
 * @throws INVALID_PARAMETER_VALUE for a source that is not the owner's, also where the owner is unknown or hidden
 * @throws RESOURCE_DOES_NOT_EXIST for a model, version or logged model that is the source itself, or that is named
 *   with a source in another store; for a hidden run that is named
 */
export async function resolveSource(
  reads: Reads,
  caller: Caller,
  given: GivenSource,
): Promise<ResolvedSource> {
  const field = given.modelId ? 'model_id' : 'run_id'
  const uri = parseSource(given.source, field)
  if (uri.kind === 'version') return resolveVersion(reads, caller, given, uri)
  const place = await placeOf(reads, caller, given, uri, field)
  const model = place.model ?? (given.modelId ? await activeModel(reads, caller, given.modelId) : undefined)
  const runId = given.runId || model?.sourceRunId || ''
  return {
    source: given.source,
    storageLocation: place.storageLocation,
    contentPath: place.contentPath,
    runId,
    modelId: given.modelId ?? '',
    copyOf: null,
    run: place.run ?? (await runNamed(reads, caller, given, model)),
  }
}

/**
 * A version stands in the story and the graph of its run, so nobody names a hidden one; that a logged model which they may
 * read came of one, they did not make up. An id that nobody has is text, as in MLflow.
 */
async function runNamed(
  reads: Reads,
  caller: Caller,
  { runId = '' }: GivenSource,
  model: FoundLoggedModel | undefined,
): Promise<FoundRun | null> {
  if (runId === '' || runId === model?.sourceRunId) {
    return readableRun(reads, caller, model?.sourceRunId ?? '')
  }
  return findRunIfAny(reads, caller, runId)
}

interface Place {
  readonly storageLocation: string
  readonly contentPath: string | null
  readonly run?: FoundRun
  readonly model?: FoundLoggedModel
}

async function placeOf(
  reads: Reads,
  caller: Caller,
  given: GivenSource,
  uri: Exclude<SourceUri, { kind: 'version' }>,
  field: OwnerField,
): Promise<Place> {
  const { source, runId, modelId } = given
  const denied = (by: OwnerField = field) => notTheOwner(source, by)
  switch (uri.kind) {
    case 'elsewhere':
      return { storageLocation: source, contentPath: null }
    case 'local':
      if (modelId || runId) await ownerOr(denied(), () => ownerOf(reads, caller, given))
      throw isLocal(source)
    case 'run': {
      if (modelId || uri.runId !== runId) throw denied()
      const run = await ownerOr(denied(), () => findRun(reads, caller, uri.runId))
      const path = parseArtifactFolder(uri.path)
      const root = storePathOf(run.artifactUri)
      return { storageLocation: source, contentPath: root === undefined ? null : joined(root, path), run }
    }
    case 'logged-model': {
      if (uri.modelId !== modelId) throw denied('model_id')
      const model = await activeModel(reads, caller, uri.modelId)
      return {
        storageLocation: model.artifactUri,
        contentPath: storePathOf(model.artifactUri) ?? null,
        model,
      }
    }
    case 'stored': {
      const path = parseArtifactFolder(uri.path)
      const owner = await ownerOr(denied(), () => ownerOf(reads, caller, given))
      const root = storePathOf(('model' in owner ? owner.model : owner.run).artifactUri)
      if (root === undefined || !`${path}/`.startsWith(`${root}/`)) throw denied()
      return { storageLocation: source, contentPath: path, ...owner }
    }
  }
}

type Owner = { readonly model: FoundLoggedModel } | { readonly run: FoundRun }

async function ownerOf(reads: Reads, caller: Caller, { runId = '', modelId }: GivenSource): Promise<Owner> {
  if (modelId) return { model: await activeModel(reads, caller, modelId) }
  return { run: await findRun(reads, caller, runId) }
}

/** MLflow hides a deleted one. */
export async function activeModel(reads: Reads, caller: Caller, modelId: string): Promise<FoundLoggedModel> {
  const model = await findLoggedModel(reads, caller, modelId)
  if (model.lifecycle === 'active') return model
  throw missing(`Logged model with ID '${modelId.slice(0, 300)}' not found.`)
}

/** An owner that is not there is no owner of the source: MLflow says so, and not that there is none. */
async function ownerOr<T>(problem: Problem, find: () => Promise<T>): Promise<T> {
  try {
    return await find()
  } catch (error) {
    throw error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST' ? problem : error
  }
}

/** What something comes from is told of it already, so whoever asks need not read that. */
async function readableRun(reads: Reads, caller: Caller, runId: string): Promise<FoundRun | null> {
  if (runId === '') return null
  try {
    return await findRun(reads, caller, runId)
  } catch (error) {
    if (error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST') return null
    throw error
  }
}

async function resolveVersion(
  reads: Reads,
  caller: Caller,
  { source, runId, modelId }: GivenSource,
  uri: Extract<SourceUri, { kind: 'version' }>,
): Promise<ResolvedSource> {
  const model = await findModel(reads, caller, uri.name)
  if (model.kind === 'prompt') {
    throw refused(source, 'Prompt versions cannot be used as model version sources.')
  }
  const copyOf = await versionNamed(reads, caller, uri)
  // MLflow's versions have no model id, so to it none is the right one.
  const sameModel = modelId === undefined || modelId === '' || modelId === copyOf.modelId
  if ((runId !== undefined && runId !== copyOf.runId) || !sameModel) {
    throw refused(
      source,
      'The run_id and model_id request parameters must match the referenced model version.',
    )
  }
  return {
    source: `models:/${copyOf.name}/${copyOf.version}`,
    storageLocation: copyOf.storageLocation,
    contentPath: copyOf.contentPath,
    runId: copyOf.runId,
    modelId: copyOf.modelId,
    copyOf,
    run: await readableRun(reads, caller, copyOf.runId),
  }
}

async function versionNamed(
  reads: Reads,
  caller: Caller,
  { name, which }: Extract<SourceUri, { kind: 'version' }>,
): Promise<FoundVersion> {
  if (which.by === 'number') {
    return (await findVersion(reads, caller, { name, version: which.number })).version
  }
  const model = await findModel(reads, caller, name)
  if (which.by === 'alias') {
    checkAlias(which.alias)
    return versionByAlias(reads, model, which.alias)
  }
  const stage = which.by === 'stage' ? parseStage(which.stage) : undefined
  const versions = (await latestOf(reads, [model.key])).filter(
    (version) => stage === undefined || version.stage === stage,
  )
  const highest = versions.toSorted((a, b) => b.version - a.version)[0]
  if (highest !== undefined) return highest
  const ofStage = which.by === 'stage' ? ` and stage '${which.stage}'` : ''
  throw missing(`No versions of model with name '${name}'${ofStage} found`)
}

const joined = (root: string, path: string) => (path === '' ? root : `${root}/${path}`)

/** The id of a run or logged model, before it is looked up. */
export function checkOwner(id: string, field: OwnerField): void {
  checkStorable(id, field)
  checkLength(id, LIMITS.runId, field)
}

/** MLflow's placeholders for prompts, whose text is in a tag. */
export function checkPromptSource(source: string): void {
  if (source === 'dummy-source' || source === 'prompt-template') return
  throw invalid(
    `Invalid prompt source: '${source.slice(0, 300)}'. Prompt sources must use an MLflow placeholder.`,
  )
}
