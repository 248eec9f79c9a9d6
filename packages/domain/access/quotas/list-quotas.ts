import { must } from '@orrery/base/kernel'
import type { Database, Reads } from '@orrery/drivers/db'
import type { Quotas } from '../access.ts'
import type { Metered, Quota } from '../workspace.ts'
import { stateOf } from './quota-state.ts'
import { METERED, quotaOf, usedOf } from './usage-rows.ts'

export function makeListQuotas({ db }: { db: Database }): Quotas['list'] {
  return async function listQuotas(caller) {
    must(caller, 'workspace.read')
    const quotas: Quota[] = []
    for (const what of METERED) quotas.push(await readQuota(db.read, caller.workspace.key, what))
    return quotas
  }
}

export async function readQuota(reads: Reads, workspace: number, what: Metered): Promise<Quota> {
  const used = await usedOf(reads, { workspace, what })
  const quota = (await quotaOf(reads, { workspace, what }))?.quota ?? null
  return { what, used, quota, state: stateOf(used, quota) }
}
