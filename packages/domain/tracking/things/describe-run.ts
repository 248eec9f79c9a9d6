import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { DescribeRun } from '../../events/index.ts'
import type { TrackingTables } from '../tracking-tables.ts'

const byId = statement(
  'tracking.described-run',
  (k: Kysely<TrackingTables>, p: { workspace: number; runId: string }) =>
    k
      .selectFrom('runs')
      .innerJoin('experiments', 'experiments.experiment_key', 'runs.experiment_key')
      .select([
        'runs.run_key as key',
        'runs.status as status',
        'experiments.experiment_id as experimentId',
        'experiments.name as experimentName',
      ])
      .where('runs.workspace_key', '=', p.workspace)
      .where('runs.run_id', '=', p.runId),
)

/** A run may have thousands of tags; who receives an event is told of as many as one call can set. */
const MOST_TAGS = 100

const firstTags = statement('tracking.described-run-tags', (k: Kysely<TrackingTables>, p: { run: number }) =>
  k
    .selectFrom('run_tags')
    .select(['key', 'value'])
    .where('run_key', '=', p.run)
    .orderBy('key')
    .limit(MOST_TAGS),
)

/** Asks nobody what a caller may see: it is for whoever may see the event of the run. */
export const describeRun: DescribeRun = async (reads, workspaceKey, runId) => {
  const run = await reads.first(byId, { workspace: workspaceKey, runId })
  if (run === undefined) return undefined
  const { key, ...told } = run
  const tags = await reads.all(firstTags, { run: key })
  return { ...told, tags: Object.fromEntries(tags.map((tag) => [tag.key, tag.value])) }
}
