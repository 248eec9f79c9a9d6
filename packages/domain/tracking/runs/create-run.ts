import { type Caller, invalid, mustReach } from '@orrery/base/kernel'
import { type BulkInsert, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import { asRunTag, checkCount } from '../entries.ts'
import { findActiveExperiment } from '../experiments/find-experiment.ts'
import { cutTo, LIMITS } from '../limits.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { mustReachRun } from './find-run.ts'
import { generatedName } from './generated-name.ts'
import type { KeyValue, Run } from './run.ts'
import { RUN_NAME_TAG } from './run-rows.ts'

interface NewRun {
  /** The workspace's Default experiment if left out. */
  readonly experimentId?: string
  readonly userId?: string
  /** Made up if neither this nor the tag `mlflow.runName` is given. */
  readonly name?: string
  /** Milliseconds since the epoch; 0 if left out, as MLflow stores it. */
  readonly startTime?: number
  readonly tags?: readonly KeyValue[]
}

/** MLflow's: the run below which another one lies. */
const PARENT_TAG = 'mlflow.parentRunId'

const insert = statement(
  'tracking.insert-run',
  (
    k: Kysely<TrackingTables>,
    p: {
      workspace: number
      experiment: number
      runId: string
      name: string
      userId: string
      startTime: number
      artifactUri: string
    },
  ) =>
    k
      .insertInto('runs')
      .values({
        workspace_key: p.workspace,
        experiment_key: p.experiment,
        run_id: p.runId,
        name: p.name,
        user_id: p.userId,
        status: 'RUNNING',
        start_time: p.startTime,
        end_time: null,
        deleted_epoch: null,
        deleted_at: null,
        artifact_uri: p.artifactUri,
      })
      .returning('run_key as key'),
)

/** All at once: on PostgreSQL each statement takes as much of the server's time as a tenth of the call. */
const newRunTags: BulkInsert = {
  table: 'run_tags',
  columns: { run_key: 'int', key: 'text', value: 'text' },
  key: ['run_key', 'key'],
  onClash: 'fail',
}

/** Starts a run in an active experiment. */
export function makeCreateRun({ db, emit, ids, ownership, meter }: TrackingDeps) {
  return async function createRun(caller: Caller, input: NewRun): Promise<Run> {
    const { name, tags } = nameAndTags(input)
    return db.inTx(async (tx) => {
      const experiment = await findActiveExperiment(tx, caller, input.experimentId, 'run.write')
      await mustReachParent(tx, caller, tags)
      const runId = ids.hex32()
      const startTime = input.startTime ?? 0
      const userId = cutTo(input.userId ?? '', LIMITS.runName)
      const artifactUri = `${experiment.artifactLocation.replace(/\/+$/, '')}/${runId}/artifacts`
      const row = await tx.first(insert, {
        workspace: caller.workspace.key,
        experiment: experiment.key,
        runId,
        name,
        userId,
        startTime,
        artifactUri,
      })
      await tx.bulk(
        newRunTags,
        tags.map(({ key, value }) => [row!.key, key, value]),
      )
      await ownership.runCreated(tx, caller, row!.key)
      await emit(tx, caller, {
        type: 'run.created',
        subject: `runs/${runId}`,
        on: experiment.key,
        after: { experimentId: experiment.experimentId, name },
      })
      // At last: on PostgreSQL others who count wait from here on.
      await meter.count(tx, caller, 'runs', 1)
      return {
        info: {
          runId,
          experimentId: experiment.experimentId,
          name,
          userId,
          status: 'RUNNING',
          startTime,
          endTime: null,
          lifecycle: 'active',
          artifactUri,
        },
        metrics: [],
        params: [],
        tags,
        datasetInputs: [],
        modelInputs: [],
        modelOutputs: [],
      }
    })
  }
}

/**
 * A credential that is confined to a job's run makes runs below that one, and no others; one that is confined because
 * its time is over makes none.
 */
async function mustReachParent(tx: Tx, caller: Caller, tags: readonly KeyValue[]): Promise<void> {
  if (caller.confinement === undefined) return
  const parent = tags.find(({ key }) => key === PARENT_TAG)?.value
  if (caller.credential?.kind === 'run' && parent !== undefined) await mustReachRun(tx, caller, parent)
  else mustReach(caller, undefined)
}

/** The run's name and its tags, among them the one that holds the name. A tag given twice keeps its last value. */
function nameAndTags(input: NewRun): { name: string; tags: KeyValue[] } {
  checkCount(input.tags ?? [], 'tags')
  const tags = new Map<string, string>()
  for (const [at, given] of (input.tags ?? []).entries()) {
    const tag = asRunTag(given, `tags[${at}]`)
    tags.set(tag.key, tag.value)
  }
  const tagged = tags.get(RUN_NAME_TAG)
  const given = cutTo(input.name ?? '', LIMITS.runName)
  if (given && tagged && given !== tagged) {
    throw invalid(
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${given}', mlflow.runName='${tagged}').`,
      'Give one of the two.',
    )
  }
  const name = given || tagged || generatedName()
  tags.set(RUN_NAME_TAG, name)
  return { name, tags: Array.from(tags, ([key, value]) => ({ key, value })) }
}
