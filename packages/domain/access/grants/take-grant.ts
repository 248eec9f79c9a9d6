import { Problem } from '@orrery/base/kernel'
import type { Grants } from '../access.ts'
import type { RightEvent } from '../access-events.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { concernedBy } from '../principals/holder.ts'
import { subjectOf } from '../principals/principal-rows.ts'
import { findToGrant, mustBeSingle } from './find-to-grant.ts'
import { deleteGrant, rightOf } from './grant-rows.ts'
import { rightFacts } from './right-facts.ts'
import { findGiven, mustLeaveMaker } from './who-may-be-given.ts'

/** Takes a right on a thing away; see `Grants.take`. */
export function makeTakeGrant(deps: AccessVerbDeps): Grants['take'] {
  const { db, emit, changes, things } = deps
  return async function take(caller, { principal, kind, pattern }) {
    mustBeSingle(kind)
    const workspace = caller.workspace.key
    const target = await findToGrant(db.read, things, caller, kind, pattern)
    await db.inTx(async (tx) => {
      await changes.turn(tx)
      const { holder, old } = await findGiven(tx, caller, principal, { kind, target })
      if (old === undefined) {
        throw new Problem(
          'RESOURCE_DOES_NOT_EXIST',
          `Permission for user=${holder.name} on resource_type=${kind}, resource_id=${pattern} not found.`,
        )
      }
      await mustLeaveMaker(tx, caller, { kind, target, pattern }, holder, old, undefined)
      await tx.run(deleteGrant, { key: old.key })
      await changes.change(tx, concernedBy(holder, workspace))
      const subject = subjectOf(holder)
      const { right, effect } = { right: rightOf(old), effect: old.effect }
      await emit(tx, caller, {
        type: 'grant.taken',
        subject,
        before: rightFacts(subject, { kind, pattern, right, effect }),
        after: undefined,
      } satisfies RightEvent)
    })
  }
}
