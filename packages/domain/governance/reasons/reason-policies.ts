import { must } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { GovernanceTables } from '../governance-tables.ts'
import { REASONED_CHANGES, type ReasonDemand, type ReasonedChange, type ReasonPolicies } from '../policies.ts'
import type { GovernanceDeps } from '../seams.ts'

const policiesOf = statement(
  'governance.reason-policies',
  (k: Kysely<GovernanceTables>, p: { workspace: number }) =>
    k.selectFrom('reason_policies').select(['change', 'demand']).where('workspace_key', '=', p.workspace),
)

const setDemand = statement(
  'governance.set-reason-policy',
  (k: Kysely<GovernanceTables>, p: { workspace: number; change: ReasonedChange; demand: ReasonDemand }) =>
    k
      .insertInto('reason_policies')
      .values({ workspace_key: p.workspace, change: p.change, demand: p.demand })
      .onConflict((clash) => clash.columns(['workspace_key', 'change']).doUpdateSet({ demand: p.demand })),
)

/** What is demanded for a change; read where it is asked for, so that it holds for the next change everywhere. */
export async function demandFor(
  reads: Reads,
  workspaceKey: number,
  change: ReasonedChange,
): Promise<ReasonDemand> {
  const rows = await reads.all(policiesOf, { workspace: workspaceKey })
  return rows.find((row) => row.change === change)?.demand ?? 'none'
}

export function makeReasonPolicies({ db, emit }: Pick<GovernanceDeps, 'db' | 'emit'>): ReasonPolicies {
  return {
    async list(caller) {
      const rows = await db.read.all(policiesOf, { workspace: caller.workspace.key })
      return REASONED_CHANGES.map((change) => ({
        change,
        demand: rows.find((row) => row.change === change)?.demand ?? 'none',
      }))
    },

    async set(caller, { change, demand }) {
      must(caller, 'policy.manage')
      await db.inTx(async (tx) => {
        const workspace = caller.workspace.key
        const before = await demandFor(tx, workspace, change)
        if (before === demand) return
        await tx.run(setDemand, { workspace, change, demand })
        await emit(tx, caller, {
          type: 'reason-policy.changed',
          subject: `policies/reasons/${change}`,
          before: { demand: before },
          after: { demand },
        })
      })
    },
  }
}
