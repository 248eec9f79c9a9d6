import { invalid } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import { LIMITS } from '../limits.ts'
import { countGrantsOf } from './grant-rows.ts'

/** Refuses what was written where the holder has too many grants by now: each is read with the holder's profile. */
export async function mustBeBelow(tx: Tx, holder: { principal: number; role: number }): Promise<void> {
  const { grants } = (await tx.first(countGrantsOf, holder))!
  if (Number(grants) <= LIMITS.grantsOfAHolder) return
  throw invalid(
    `There are ${LIMITS.grantsOfAHolder} grants for this holder already, which is the most.`,
    "Give a role, or a grant on '*', instead of many single ones.",
  )
}
