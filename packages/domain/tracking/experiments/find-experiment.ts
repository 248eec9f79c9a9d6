import { type Caller, invalid, missing, must, type Permission, readableHas } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import { DEFAULT_EXPERIMENT_ID } from './experiment.ts'

/** An experiment's row, found for a verb. */
export interface FoundExperiment {
  readonly key: number
  readonly experimentId: string
  readonly name: string
  readonly artifactLocation: string
  readonly lifecycle: 'active' | 'deleted'
  readonly epoch: number
  readonly createdAt: number
  readonly updatedAt: number
}

const COLUMNS = [
  'experiment_key as key',
  'experiment_id as experimentId',
  'name',
  'artifact_location as artifactLocation',
  'lifecycle',
  'epoch',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const

const byId = statement(
  'tracking.experiment-by-id',
  (k: Kysely<TrackingTables>, p: { workspace: number; id: string }) =>
    k
      .selectFrom('experiments')
      .select(COLUMNS)
      .where('workspace_key', '=', p.workspace)
      .where('experiment_id', '=', p.id),
)

const byName = statement(
  'tracking.experiment-by-name',
  (k: Kysely<TrackingTables>, p: { workspace: number; name: string }) =>
    k
      .selectFrom('experiments')
      .select(COLUMNS)
      .where('workspace_key', '=', p.workspace)
      .where('name', '=', p.name),
)

/**
 * MLflow reads ids as whole numbers: `" 07"` is 7.
 *
 * @throws INVALID_PARAMETER_VALUE for what is not a whole number
 */
export function parseExperimentId(given: string | undefined): string {
  if (given === undefined || given === '') return DEFAULT_EXPERIMENT_ID
  const digits = /^\s*([+-]?)0*(\d+)\s*$/.exec(given)
  if (digits === null || given.length > 64) {
    throw invalid(`Invalid experiment ID '${given.slice(0, 100)}'. Experiment ID must be a valid integer.`)
  }
  return digits[1] === '-' && digits[2] !== '0' ? `-${digits[2]}` : digits[2]!
}

/** The experiment of that id, deleted or not. Throws RESOURCE_DOES_NOT_EXIST, also for one that the caller may not see. */
export async function findExperiment(
  reads: Reads,
  caller: Caller,
  given: string | undefined,
): Promise<FoundExperiment> {
  const id = parseExperimentId(given)
  const found = await reads.first(byId, { workspace: caller.workspace.key, id })
  if (found === undefined || !readableHas(caller.readable('experiment'), found.key)) {
    throw missing(`No Experiment with id=${id} exists`)
  }
  return found
}

/** As `findExperiment`, for callers who may do that to it. */
export async function findExperimentFor(
  reads: Reads,
  caller: Caller,
  given: string | undefined,
  permission: Permission,
): Promise<FoundExperiment> {
  const found = await findExperiment(reads, caller, given)
  must(caller, permission, found.key)
  return found
}

/** As `findExperimentFor`, and refuses a deleted one with INVALID_PARAMETER_VALUE. */
export async function findActiveExperiment(
  reads: Reads,
  caller: Caller,
  given: string | undefined,
  permission: Permission,
): Promise<FoundExperiment> {
  const found = await findExperimentFor(reads, caller, given, permission)
  if (found.lifecycle !== 'active') {
    throw invalid(
      `The experiment ${found.experimentId} must be in the 'active' state. Current state is ${found.lifecycle}.`,
      'Restore it first.',
    )
  }
  return found
}

/** The experiment of that name, deleted or not. */
export async function findExperimentByName(
  reads: Reads,
  caller: Caller,
  name: string,
): Promise<FoundExperiment> {
  const found = await reads.first(byName, { workspace: caller.workspace.key, name })
  if (found === undefined || !readableHas(caller.readable('experiment'), found.key)) {
    throw missing(`Could not find experiment with name '${name}'`)
  }
  return found
}
