import { invalid, must } from '@orrery/base/kernel'
import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { Quotas } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessTables } from '../access-tables.ts'
import type { Metered, QuotaState } from '../workspace.ts'
import { readQuota } from './list-quotas.ts'
import type { MeterDeps } from './make-meter.ts'
import { stateOf } from './quota-state.ts'
import { METERED, takeQuota, usedOf } from './usage-rows.ts'

type Which = { workspace: number; what: Metered }

const write = statement(
  'access.set-quota',
  (k: Kysely<AccessTables>, p: Which & { quota: number; told: QuotaState }) =>
    k
      .insertInto('workspace_quotas')
      .values({ workspace_key: p.workspace, what: p.what, quota: p.quota, told: p.told })
      .onConflict((clash) =>
        clash.columns(['workspace_key', 'what']).doUpdateSet({ quota: p.quota, told: p.told }),
      ),
)

const drop = statement('access.drop-quota', (k: Kysely<AccessTables>, p: Which) =>
  k.deleteFrom('workspace_quotas').where('workspace_key', '=', p.workspace).where('what', '=', p.what),
)

export function makeSetQuota({ db, emit }: MeterDeps): Quotas['set'] {
  return async function setQuota(caller, { what, quota }) {
    must(caller, 'server.manage')
    if (!METERED.includes(what)) {
      throw invalid(`Nothing called '${what}' is counted.`, `What can be limited: ${METERED.join(', ')}.`)
    }
    if (quota !== null && !(Number.isSafeInteger(quota) && quota >= 0)) {
      throw invalid(`'quota' must be a whole number from 0 on (got ${quota}).`, 'Leave it out for no limit.')
    }
    const of = { workspace: caller.workspace.key, what }
    return db.inTx(async (tx) => {
      const before = (await takeQuota(tx, of))?.quota ?? null
      if (quota === null) await tx.run(drop, of)
      // Whoever sets a quota sees what is used: the marks that it has passed already are not news.
      else await tx.run(write, { ...of, quota, told: stateOf(await usedOf(tx, of), quota) })
      if (before !== quota) {
        await emit(tx, caller, {
          type: 'workspace.quota-changed',
          subject: `workspaces/${caller.workspace.name}`,
          before: { what, quota: before },
          after: { what, quota },
        } satisfies AccessEvent)
      }
      return readQuota(tx, of.workspace, what)
    })
  }
}
