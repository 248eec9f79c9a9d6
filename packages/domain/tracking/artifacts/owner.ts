import { type Caller, invalid, must, Problem, readableHas } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import { mustReachRun } from '../runs/find-run.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { spellingsOf, storePathOf, WORKSPACES } from './artifact-location.ts'
import { type FindVersionFolder, inVersionOf, versionFolderOf } from './version-folder.ts'

/** A path in the store, taken apart: whose folder it lies in, and where in it. */
export interface OwnedPath {
  /** The owner's part of the path, e.g. `3/<run id>/artifacts`. */
  readonly root: string
  /** The rest; empty for the root itself. */
  readonly path: string
  /** What events call the owner: `runs/<id>`, `logged-models/<id>`, `traces/<id>`; a version for the registry's. */
  readonly owner: string
  /** Internal key of the experiment that the owner is in; left out for the registry's. */
  readonly experiment?: number
  /** Where the store keeps it. */
  readonly key: string
}

/** Owners end with this folder. Nobody nests more of them than this in earnest. */
const FOLDER = 'artifacts'
const MAX_CANDIDATES = 4

const runUri = statement(
  'tracking.artifact-root-of-run',
  (k: Kysely<TrackingTables>, p: { workspace: number; id: string }) =>
    k
      .selectFrom('runs')
      .select(['experiment_key as experiment', 'artifact_uri as uri'])
      .where('workspace_key', '=', p.workspace)
      .where('run_id', '=', p.id),
)

const modelUri = statement(
  'tracking.artifact-root-of-model',
  (k: Kysely<TrackingTables>, p: { workspace: number; id: string }) =>
    k
      .selectFrom('logged_models')
      .select(['experiment_key as experiment', 'artifact_uri as uri', 'source_run_id as sourceRunId'])
      .where('workspace_key', '=', p.workspace)
      .where('model_id', '=', p.id),
)

const experimentUri = statement(
  'tracking.artifact-location-of-experiment',
  (k: Kysely<TrackingTables>, p: { workspace: number; id: string }) =>
    k
      .selectFrom('experiments')
      .select(['experiment_key as experiment', 'artifact_location as uri'])
      .where('workspace_key', '=', p.workspace)
      .where('experiment_id', '=', p.id),
)

/** The oldest of those that share a location. */
const experimentAt = statement(
  'tracking.experiment-at-artifact-location',
  (k: Kysely<TrackingTables>, p: { workspace: number; uris: readonly string[] }, words) =>
    k
      .selectFrom('experiments')
      .select(['experiment_key as experiment', 'artifact_location as uri'])
      .where('workspace_key', '=', p.workspace)
      .where((where) => words.among(where.ref('artifact_location'), p.uris))
      .orderBy('experiment_key')
      .limit(1),
)

/** Whose folder it is. */
type Owner = {
  /** As events call it. */
  readonly name: string
  /** The id of the run that it is or that made it; empty where there is none. */
  readonly runId: string
} & (
  | { readonly experiment: number; readonly model?: undefined }
  | { readonly experiment?: undefined; readonly model: number }
)

interface Found {
  readonly experiment: number
  readonly uri: string
}

/**
 * Finds the run, logged model or trace that a canonical path belongs to. A run's own `artifact_uri` decides, not the
 * experiment that it is in now: runs move and experiments choose their location.
 *
 * Where one owner's folder lies in another's, the outer one counts: otherwise an experiment whose location points
 * into somebody's run would hand out what is in there.
 *
 * Throws RESOURCE_DOES_NOT_EXIST for a path under no owner, also when the caller may not see the owner, and
 * UNAUTHENTICATED where a confined credential does not reach its run.
 *
 * @param findVersionFolder for those who only read; without it the folders of the registry have no owner
 */
export async function findOwner(
  reads: Reads,
  caller: Caller,
  given: string,
  findVersionFolder?: FindVersionFolder,
): Promise<OwnedPath> {
  return (await findWithOwner(reads, caller, given, findVersionFolder)).path
}

/** As `findOwner`, for callers who may read what it has. @throws PERMISSION_DENIED without `artifact.read` on it */
export async function findReadableOwner(
  reads: Reads,
  caller: Caller,
  given: string,
  findVersionFolder?: FindVersionFolder,
): Promise<OwnedPath> {
  const { path, owner } = await findWithOwner(reads, caller, given, findVersionFolder)
  if (owner.experiment !== undefined) must(caller, 'artifact.read', owner.experiment)
  return path
}

async function findWithOwner(
  reads: Reads,
  caller: Caller,
  given: string,
  findVersionFolder?: FindVersionFolder,
): Promise<{ path: OwnedPath; owner: Owner }> {
  const whole = inWorkspace(caller, given)
  for (const root of rootsAbove(whole)) {
    const owner = await ownerAt(reads, caller, root, findVersionFolder)
    if (owner === undefined) continue
    if (!isReadable(caller, owner)) break
    await mustReachRun(reads, caller, owner.runId)
    const { name, experiment } = owner
    const within = experiment === undefined ? {} : { experiment }
    const path = whole.slice(root.length + 1)
    return { path: { root, path, owner: name, ...within, key: storeKey(caller, whole) }, owner }
  }
  throw new Problem('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${given}'.`, {
    hint: `No run, logged model or trace of the workspace '${caller.workspace.name}' has its artifacts there.`,
  })
}

const isReadable = (caller: Caller, { experiment, model }: Owner) =>
  experiment === undefined
    ? readableHas(caller.readable('model'), model)
    : readableHas(caller.readable('experiment'), experiment)

/**
 * As `findOwner`, for callers who may do that to it: refuses the folders of the registry with INVALID_PARAMETER_VALUE,
 * whether they are there or not.
 */
export async function findWritable(
  reads: Reads,
  caller: Caller,
  given: string,
  permission: 'artifact.write' | 'artifact.delete',
): Promise<OwnedPath> {
  try {
    const { path, owner } = await findWithOwner(reads, caller, given)
    must(caller, permission, owner.experiment)
    return path
  } catch (error) {
    const roots = rootsAbove(inWorkspace(caller, given))
    const isVersions = roots.some(
      (root) => versionFolderOf(segmentsAbove(root)) !== undefined || inVersionOf(root) !== undefined,
    )
    if (!isVersions || !(error instanceof Problem) || error.code !== 'RESOURCE_DOES_NOT_EXIST') throw error
    throw invalid(
      'The files of a registered version never change.',
      'Log the files with a run or a logged model, and register a new version.',
    )
  }
}

/** The beginnings of a path that can be an owner's folder, the outermost first. */
export function rootsAbove(path: string): string[] {
  const segments = path.split('/')
  const ends = segments.flatMap((segment, i) => (segment === FOLDER && i > 0 ? [i] : []))
  return ends.slice(0, MAX_CANDIDATES).map((end) => segments.slice(0, end + 1).join('/'))
}

const segmentsAbove = (root: string) => root.split('/').slice(0, -1)

async function ownerAt(
  reads: Reads,
  caller: Caller,
  root: string,
  findVersionFolder: FindVersionFolder | undefined,
): Promise<Owner | undefined> {
  const above = segmentsAbove(root)
  const found = await trackedAt(reads, caller, above, root)
  if (found !== undefined) return found
  const folder = versionFolderOf(above)
  if (folder === undefined) return undefined
  const version = await findVersionFolder?.(reads, caller, folder)
  return version && { name: version.owner, runId: '', model: version.model }
}

async function trackedAt(
  reads: Reads,
  caller: Caller,
  above: readonly string[],
  root: string,
): Promise<Owner | undefined> {
  const id = above.at(-1)!
  const kind = above.at(-2)
  const which = { workspace: caller.workspace.key, id }
  const run = await reads.first(runUri, which)
  if (isAt(root, run)) return { name: `runs/${id}`, runId: id, experiment: run.experiment }
  if (kind === 'models') {
    const model = await reads.first(modelUri, which)
    if (isAt(root, model)) {
      return { name: `logged-models/${id}`, runId: model.sourceRunId, experiment: model.experiment }
    }
  }
  if (kind !== 'traces') return undefined
  const experiment = await experimentOf(reads, caller, above.slice(0, -2).join('/'))
  return experiment && { name: `traces/${id}`, runId: '', experiment: experiment.experiment }
}

function isAt<F extends Found>(root: string, found: F | undefined): found is F {
  return found !== undefined && storePathOf(found.uri) === root
}

/** Traces have no table yet: any of them may be below the location of an experiment. */
async function experimentOf(reads: Reads, caller: Caller, location: string): Promise<Found | undefined> {
  const workspace = caller.workspace.key
  const own = await reads.first(experimentUri, { workspace, id: location })
  if (isAt(location, own)) return own
  return reads.first(experimentAt, { workspace, uris: spellingsOf(location) })
}

/** The path without `workspaces/<name>/`, which MLflow's own locations of workspaces have in front. */
export function inWorkspace(caller: Caller, given: string): string {
  const [first, name, ...rest] = given.split('/')
  if (first !== WORKSPACES) return given
  if (name === caller.workspace.name) return rest.join('/')
  throw invalid(
    `Artifact path targets workspace '${name ?? ''}' but the workspace of the request is '${caller.workspace.name}'.`,
  )
}

export function storeKey(caller: Caller, path: string): string {
  return path === '' ? String(caller.workspace.key) : `${caller.workspace.key}/${path}`
}
