import { type Caller, invalid } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import { asRunTag, checkCount } from '../entries.ts'
import { findActiveExperiment } from '../experiments/find-experiment.ts'
import { cutTo, LIMITS } from '../limits.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { generatedName } from './generated-name.ts'
import type { KeyValue, Run } from './run.ts'
import { putRunTag, RUN_NAME_TAG } from './run-rows.ts'

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

/** Starts a run in an active experiment. */
export function makeCreateRun({ db, emit, ids }: TrackingDeps) {
  return async function createRun(caller: Caller, input: NewRun): Promise<Run> {
    const { name, tags } = nameAndTags(input)
    return db.inTx(async (tx) => {
      const experiment = await findActiveExperiment(tx, caller, input.experimentId)
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
      for (const tag of tags) await tx.run(putRunTag, { run: row!.key, key: tag.key, value: tag.value })
      await emit(tx, caller, {
        type: 'run.created',
        subject: `runs/${runId}`,
        after: { experimentId: experiment.experimentId, name },
      })
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
