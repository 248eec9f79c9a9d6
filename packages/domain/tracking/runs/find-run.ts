import { type Caller, invalid, missing, must, mustReach, readableHas } from '@orrery/base/kernel'
import { type Reads, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'
import type { Lifecycle, RunInfo, RunStatus } from './run.ts'

/** A run's row, found for a verb. */
export interface FoundRun extends RunInfo {
  readonly key: number
  readonly experimentKey: number
  /** The experiment's epoch, with which a run is marked when it is deleted. */
  readonly epoch: number
}

interface RunRow extends Omit<FoundRun, 'lifecycle' | 'status'> {
  readonly status: string
  readonly experimentLifecycle: Lifecycle
  readonly deletedEpoch: number | null
}

/** The heads of runs, to be confined by the asker. */
export const selectRuns = (k: Kysely<TrackingTables>) =>
  k
    .selectFrom('runs')
    .innerJoin('experiments', 'experiments.experiment_key', 'runs.experiment_key')
    .select([
      'runs.run_key as key',
      'runs.experiment_key as experimentKey',
      'runs.run_id as runId',
      'experiments.experiment_id as experimentId',
      'experiments.lifecycle as experimentLifecycle',
      'experiments.epoch as epoch',
      'runs.deleted_epoch as deletedEpoch',
      'runs.name as name',
      'runs.user_id as userId',
      'runs.status as status',
      'runs.start_time as startTime',
      'runs.end_time as endTime',
      'runs.artifact_uri as artifactUri',
    ])

const selectRun = (k: Kysely<TrackingTables>, p: { workspace: number; runId: string }) =>
  selectRuns(k).where('runs.workspace_key', '=', p.workspace).where('runs.run_id', '=', p.runId)

const byId = statement('tracking.run-by-id', selectRun)

const lockById = statement(
  'tracking.lock-run',
  (k: Kysely<TrackingTables>, p: { workspace: number; runId: string }, words) =>
    words.lockRows(
      k
        .selectFrom('runs')
        .select('run_key as key')
        .where('workspace_key', '=', p.workspace)
        .where('run_id', '=', p.runId),
    ),
)

const runKey = statement(
  'tracking.run-key',
  (k: Kysely<TrackingTables>, p: { workspace: number; runId: string }) =>
    k
      .selectFrom('runs')
      .select('run_key as key')
      .where('workspace_key', '=', p.workspace)
      .where('run_id', '=', p.runId),
)

/** MLflow's own rule, not ours: imported runs carry ids that are not 32 hex digits. */
const RUN_ID = /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,255}$/u

export function checkRunId(runId: string): void {
  if (!RUN_ID.test(runId)) {
    throw invalid(`Invalid value ${JSON.stringify(runId.slice(0, 300))} for parameter 'run_id' supplied.`)
  }
}

/**
 * The run of that id, deleted or not. Throws RESOURCE_DOES_NOT_EXIST, also for one that the caller may not see, and
 * UNAUTHENTICATED for one beyond a confined credential.
 */
export async function findRun(reads: Reads, caller: Caller, runId: string): Promise<FoundRun> {
  const run = seen(caller, runId, await reads.first(byId, { workspace: caller.workspace.key, runId }))
  mustReach(caller, run.key)
  return run
}

/** As `findRun`, for a name that need not be anybody's. @returns null where the workspace has no run of that id */
export async function findRunIfAny(reads: Reads, caller: Caller, runId: string): Promise<FoundRun | null> {
  if ((await reads.first(runKey, { workspace: caller.workspace.key, runId })) === undefined) return null
  return findRun(reads, caller, runId)
}

/** As `findRun`, refusing a deleted run; the run's row is this transaction's until it ends. */
export async function takeActiveRun(
  tx: Tx,
  caller: Caller,
  runId: string,
  permission: 'run.write' | 'run.delete',
): Promise<FoundRun> {
  const run = await takeRun(tx, caller, runId, permission)
  if (run.lifecycle === 'active') return run
  throw invalid(
    `The run ${runId} must be in the 'active' state. Current state is ${run.lifecycle}.`,
    'Restore the run, or its experiment, first.',
  )
}

/** As `findRun`, for callers who may do that to it; the run's row is this transaction's until it ends. */
export async function takeRun(
  tx: Tx,
  caller: Caller,
  runId: string,
  permission: 'run.write' | 'run.delete',
): Promise<FoundRun> {
  // In a statement of its own, and first: what is read with it may have changed while it waited for the row.
  if (tx.words.locksRows) await tx.first(lockById, { workspace: caller.workspace.key, runId })
  const run = await findRun(tx, caller, runId)
  must(caller, permission, run.experimentKey)
  return run
}

/** As `mustReach`, for a run that is known by its id; one that is not there is not reached. */
export async function mustReachRun(reads: Reads, caller: Caller, runId: string): Promise<void> {
  if (caller.confinement === undefined) return
  const run = await reads.first(runKey, { workspace: caller.workspace.key, runId })
  mustReach(caller, run?.key)
}

/** A run is deleted while its experiment is, or while it carries the experiment's present epoch. */
export function lifecycleOf(row: {
  experimentLifecycle: Lifecycle
  deletedEpoch: number | null
  epoch: number
}): Lifecycle {
  return row.experimentLifecycle === 'deleted' || row.deletedEpoch === row.epoch ? 'deleted' : 'active'
}

function seen(caller: Caller, runId: string, row: RunRow | undefined): FoundRun {
  if (row === undefined || !readableHas(caller.readable('experiment'), row.experimentKey)) {
    throw missing(`Run with id=${runId} not found`)
  }
  const { experimentLifecycle: _, deletedEpoch: __, ...run } = row
  return { ...run, status: row.status as RunStatus, lifecycle: lifecycleOf(row) }
}
