import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { TrackingTables } from '../tracking-tables.ts'

type Where = { workspace: number }

const any = [
  statement('tracking.any-experiment', (k: Kysely<TrackingTables>, p: Where) =>
    k
      .selectFrom('experiments')
      .select('experiment_key as key')
      .where('workspace_key', '=', p.workspace)
      .where('experiment_id', '<>', '0')
      .limit(1),
  ),
  statement('tracking.any-run', (k: Kysely<TrackingTables>, p: Where) =>
    k.selectFrom('runs').select('run_key as key').where('workspace_key', '=', p.workspace).limit(1),
  ),
  statement('tracking.any-logged-model', (k: Kysely<TrackingTables>, p: Where) =>
    k
      .selectFrom('logged_models')
      .select('model_key as key')
      .where('workspace_key', '=', p.workspace)
      .limit(1),
  ),
]

/** Whether nothing is in a workspace. What was put aside is something; a Default experiment without runs is nothing. */
export async function isEmpty(reads: Reads, workspaceKey: number): Promise<boolean> {
  for (const one of any) if ((await reads.first(one, { workspace: workspaceKey })) !== undefined) return false
  return true
}
