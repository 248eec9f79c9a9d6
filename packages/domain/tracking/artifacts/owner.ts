import { type Caller, invalid, Problem, readableHas } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import { spellingsOf, storePathOf, WORKSPACES } from './artifact-location.ts'

/** A path in the store, taken apart: whose folder it lies in, and where in it. */
export interface OwnedPath {
  /** The owner's part of the path, e.g. `3/<run id>/artifacts`. */
  readonly root: string
  /** The rest; empty for the root itself. */
  readonly path: string
  /** What events call the owner: `runs/<id>`, `logged-models/<id>`, `traces/<id>`. */
  readonly owner: string
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
      .select(['experiment_key as experiment', 'artifact_uri as uri'])
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
 * Throws RESOURCE_DOES_NOT_EXIST for a path under no owner, also when the caller may not see the owner.
 */
export async function findOwner(reads: Reads, caller: Caller, given: string): Promise<OwnedPath> {
  const segments = inWorkspace(caller, given).split('/')
  const ends = segments.flatMap((segment, i) => (segment === FOLDER && i > 0 ? [i] : []))
  for (const end of ends.slice(0, MAX_CANDIDATES)) {
    const root = segments.slice(0, end + 1).join('/')
    const found = await ownerAt(reads, caller, segments.slice(0, end), root)
    if (found === undefined) continue
    if (!readableHas(caller.readable('experiment'), found.experiment)) break
    const path = segments.slice(end + 1).join('/')
    return { root, path, owner: found.owner, key: storeKey(caller, path === '' ? root : `${root}/${path}`) }
  }
  throw new Problem('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${given}'.`, {
    hint: `No run, logged model or trace of the workspace '${caller.workspace.name}' has its artifacts there.`,
  })
}

async function ownerAt(
  reads: Reads,
  caller: Caller,
  above: readonly string[],
  root: string,
): Promise<{ owner: string; experiment: number } | undefined> {
  const id = above.at(-1)!
  const kind = above.at(-2)
  const which = { workspace: caller.workspace.key, id }
  const run = await reads.first(runUri, which)
  if (isAt(root, run)) return { owner: `runs/${id}`, experiment: run.experiment }
  if (kind === 'models') {
    const model = await reads.first(modelUri, which)
    if (isAt(root, model)) return { owner: `logged-models/${id}`, experiment: model.experiment }
  }
  if (kind !== 'traces') return undefined
  const experiment = await experimentOf(reads, caller, above.slice(0, -2).join('/'))
  return experiment && { owner: `traces/${id}`, experiment: experiment.experiment }
}

function isAt(root: string, found: Found | undefined): found is Found {
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
