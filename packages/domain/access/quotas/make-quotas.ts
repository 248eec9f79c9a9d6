import type { Quotas } from '../access.ts'
import { makeListQuotas } from './list-quotas.ts'
import type { MeterDeps } from './make-meter.ts'
import { makeSetQuota } from './set-quota.ts'

export function makeQuotas(deps: MeterDeps): Quotas {
  return { list: makeListQuotas(deps), set: makeSetQuota(deps) }
}
