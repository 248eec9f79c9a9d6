import { type Caller, missing } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingDeps } from '../deps.ts'
import { queueRemoval } from '../removals/queue-removal.ts'
import { takeActiveRun } from '../runs/find-run.ts'
import type { TrackingTables } from '../tracking-tables.ts'

type OfRun = { run: number; key: string }

const drop = statement('tracking.drop-series-of-run', (k: Kysely<TrackingTables>, p: OfRun) =>
  k.deleteFrom('series').where('run_key', '=', p.run).where('key', '=', p.key).returning('series_key as key'),
)

const isThere = statement('tracking.has-series', (k: Kysely<TrackingTables>, p: OfRun) =>
  k.selectFrom('series').select('series_key').where('run_key', '=', p.run).where('key', '=', p.key),
)

const dropLatest = statement('tracking.drop-latest', (k: Kysely<TrackingTables>, p: OfRun) =>
  k.deleteFrom('latest').where('run_key', '=', p.run).where('key', '=', p.key),
)

/** Deletes one metric of an active run for good, with all its points. Logging it again begins a new series. */
export function makeRemoveMetric({ db, emit, wakeRemovals, policy }: TrackingDeps) {
  return async function removeMetric(caller: Caller, input: { runId: string; key: string }): Promise<void> {
    await db.inTx(async (tx) => {
      const run = await takeActiveRun(tx, caller, input.runId, 'run.delete')
      if (await tx.first(isThere, { run: run.key, key: input.key })) {
        const subject = `runs/${input.runId}`
        const held = [subject, `experiments/${run.experimentId}`]
        await policy?.ask(tx, caller, { kind: 'remove', subject, held })
      }
      const series = await tx.first(drop, { run: run.key, key: input.key })
      if (series === undefined)
        throw missing(`No metric with name: ${input.key} in run with id ${input.runId}`)
      await tx.run(dropLatest, { run: run.key, key: input.key })
      await queueRemoval(tx, {
        workspaceKey: caller.workspace.key,
        kind: 'series',
        target: series.key,
        externalId: '',
        artifactUri: null,
      })
      await emit(tx, caller, {
        type: 'run.metric-removed',
        subject: `runs/${input.runId}`,
        on: run.experimentKey,
        before: { key: input.key },
      })
      tx.afterCommit(wakeRemovals)
    })
  }
}
