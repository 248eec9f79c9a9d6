import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { GovernanceTables } from '../governance-tables.ts'

/** A hold that is in force. */
export interface Hold {
  readonly id: string
  /** `''`: everything in the workspace. */
  readonly subject: string
}

const inForce = statement(
  'governance.holds-in-force',
  (k: Kysely<GovernanceTables>, p: { workspace: number }) =>
    k
      .selectFrom('legal_holds')
      .select(['hold_id as id', 'subject'])
      .where('workspace_key', '=', p.workspace)
      .where('lifted_at', 'is', null)
      .orderBy('subject'),
)

/** At most `HOLD_LIMITS.inForce`. */
export function holdsInForce(reads: Reads, workspaceKey: number): Promise<readonly Hold[]> {
  return reads.all(inForce, { workspace: workspaceKey })
}
