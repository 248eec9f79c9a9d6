import { invalid, missing, must } from '@orrery/base/kernel'
import { type Reads, statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { GovernanceTables } from '../governance-tables.ts'
import { RETAINED, type Retained, type Retention } from '../retention.ts'
import type { GovernanceDeps } from '../seams.ts'

const MOST_DAYS = 36_500
export const DAY_MS = 86_400_000

interface Key {
  workspace: number
  what: Retained
}

const rulesOf = statement(
  'governance.retention-rules',
  (k: Kysely<GovernanceTables>, p: { workspace: number }) =>
    k
      .selectFrom('retention_rules')
      .select(['what', 'after_days as afterDays', 'last_run_at as lastRunAt'])
      .where('workspace_key', '=', p.workspace),
)

const setRule = statement(
  'governance.set-retention-rule',
  (k: Kysely<GovernanceTables>, p: Key & { afterDays: number }) =>
    k
      .insertInto('retention_rules')
      .values({ workspace_key: p.workspace, what: p.what, after_days: p.afterDays, last_run_at: null })
      .onConflict((clash) =>
        clash.columns(['workspace_key', 'what']).doUpdateSet({ after_days: p.afterDays }),
      ),
)

const dropRule = statement('governance.lift-retention-rule', (k: Kysely<GovernanceTables>, p: Key) =>
  k.deleteFrom('retention_rules').where('workspace_key', '=', p.workspace).where('what', '=', p.what),
)

/** In the order of `RETAINED`. */
export async function readRules(reads: Reads, workspaceKey: number) {
  const rows = await reads.all(rulesOf, { workspace: workspaceKey })
  return RETAINED.flatMap((what) => rows.filter((row) => row.what === what))
}

export function makeRetentionRules({
  db,
  emit,
}: Pick<GovernanceDeps, 'db' | 'emit'>): Pick<Retention, 'list' | 'set' | 'lift'> {
  return {
    list: (caller) => readRules(db.read, caller.workspace.key),

    async set(caller, { what: given, afterDays }) {
      must(caller, 'policy.manage')
      const what = checkRetained(given)
      checkDays(afterDays)
      return db.inTx(async (tx) => {
        const before = await findRule(tx, caller.workspace.key, what)
        if (before?.afterDays === afterDays) return before
        await tx.run(setRule, { workspace: caller.workspace.key, what, afterDays })
        await emit(tx, caller, {
          type: 'retention-rule.changed',
          subject: `policies/retention/${what}`,
          before: { afterDays: before?.afterDays ?? null },
          after: { afterDays },
        })
        return { what, afterDays, lastRunAt: before?.lastRunAt ?? null }
      })
    },

    async lift(caller, { what: given }) {
      must(caller, 'policy.manage')
      const what = checkRetained(given)
      await db.inTx(async (tx) => {
        const before = await findRule(tx, caller.workspace.key, what)
        if (before === undefined) throw noRule(what)
        await tx.run(dropRule, { workspace: caller.workspace.key, what })
        await emit(tx, caller, {
          type: 'retention-rule.changed',
          subject: `policies/retention/${what}`,
          before: { afterDays: before.afterDays },
          after: { afterDays: null },
        })
      })
    },
  }
}

async function findRule(tx: Tx, workspaceKey: number, what: Retained) {
  return (await readRules(tx, workspaceKey)).find((rule) => rule.what === what)
}

export const noRule = (what: Retained) => missing(`There is no rule of retention for '${what}'.`)

/** @throws INVALID_PARAMETER_VALUE */
export function checkRetained(given: string): Retained {
  const what = RETAINED.find((each) => each === given)
  if (what === undefined) {
    throw invalid(`'what' is '${given.slice(0, 100)}'; allowed are ${RETAINED.join(', ')}.`)
  }
  return what
}

/** @throws INVALID_PARAMETER_VALUE */
export function checkDays(afterDays: number): void {
  if (Number.isSafeInteger(afterDays) && afterDays >= 1 && afterDays <= MOST_DAYS) return
  throw invalid(`'after_days' is ${afterDays}; 1 to ${MOST_DAYS.toLocaleString('en-US')} are allowed.`)
}
