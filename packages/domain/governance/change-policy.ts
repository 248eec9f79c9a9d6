import type { Caller, Change } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import { refuseHeld } from './holds/refuse-held.ts'
import { demandReason } from './reasons/demand-reason.ts'
import type { ChangePolicy, HeldAround } from './seams.ts'

/** What policies and holds say of a change: first what its asker can mend at once. */
export function makeChangePolicy({
  held,
  approvals,
}: {
  readonly held: HeldAround
  /** Refuses what another person must approve. */
  readonly approvals: (tx: Tx, caller: Caller, change: Change) => Promise<void>
}): ChangePolicy {
  return {
    async ask(tx, caller, change) {
      await demandReason(tx, caller, change)
      if ('held' in change) await refuseHeld(tx, held, caller, change)
      await approvals(tx, caller, change)
    },
  }
}
