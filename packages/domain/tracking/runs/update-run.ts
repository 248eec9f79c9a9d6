import type { Caller } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import { cutTo, LIMITS } from '../limits.ts'
import type { TrackingTables } from '../tracking-tables.ts'
import { takeActiveRun } from './find-run.ts'
import type { RunInfo, RunStatus } from './run.ts'
import { putRunTag, RUN_NAME_TAG } from './run-rows.ts'

interface RunChange {
  readonly runId: string
  readonly status?: RunStatus
  /** Milliseconds since the epoch. */
  readonly endTime?: number
  readonly name?: string
}

const update = statement(
  'tracking.update-run',
  (k: Kysely<TrackingTables>, p: { run: number; status: string; endTime: number | null; name: string }) =>
    k
      .updateTable('runs')
      .set({ status: p.status, end_time: p.endTime, name: p.name })
      .where('run_key', '=', p.run),
)

/** What a status is called when it is news: these are what people subscribe to. */
const ENDINGS = {
  FINISHED: 'run.completed',
  FAILED: 'run.failed',
  KILLED: 'run.killed',
} as const satisfies Partial<Record<RunStatus, string>>

const endingOf = (status: RunStatus) =>
  status in ENDINGS ? ENDINGS[status as keyof typeof ENDINGS] : undefined

/** Changes status, end time or name. The run must be active (not deleted); it may be finished. */
export function makeUpdateRun({ db, emit }: TrackingDeps) {
  return async function updateRun(caller: Caller, input: RunChange): Promise<RunInfo> {
    return db.inTx(async (tx) => {
      const {
        key,
        experimentKey,
        epoch: _,
        ...before
      } = await takeActiveRun(tx, caller, input.runId, 'run.write')
      const after: RunInfo = {
        ...before,
        status: input.status ?? before.status,
        endTime: input.endTime ?? before.endTime,
        name: cutTo(input.name || before.name, LIMITS.runName),
      }
      await tx.run(update, { run: key, status: after.status, endTime: after.endTime, name: after.name })
      if (input.name) await tx.run(putRunTag, { run: key, key: RUN_NAME_TAG, value: after.name })
      const ended = after.status === before.status ? undefined : endingOf(after.status)
      await emit(tx, caller, {
        type: ended ?? 'run.updated',
        subject: `runs/${input.runId}`,
        on: experimentKey,
        before: { status: before.status, endTime: before.endTime, name: before.name },
        after: {
          status: after.status,
          endTime: after.endTime,
          name: after.name,
          experimentId: after.experimentId,
        },
      })
      return after
    })
  }
}
