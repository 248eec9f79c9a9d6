import { LIMITS } from '../limits.ts'
import type { QuotaState } from '../workspace.ts'

/** Where a count stands. `exceeded`: nothing more fits; what was there before the quota was set may be above it. */
export function stateOf(used: number, quota: number | null): QuotaState {
  if (quota === null) return 'ok'
  if (used >= quota) return 'exceeded'
  return used >= quota * LIMITS.nearQuota ? 'near' : 'ok'
}

const RANKS: Readonly<Record<QuotaState, number>> = { ok: 0, near: 1, exceeded: 2 }

export const isWorse = (one: QuotaState, than: QuotaState) => RANKS[one] > RANKS[than]
