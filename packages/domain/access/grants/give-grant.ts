import { Problem } from '@orrery/base/kernel'
import type { Grants } from '../access.ts'
import type { RightEvent } from '../access-events.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { concernedBy } from '../principals/holder.ts'
import { subjectOf } from '../principals/principal-rows.ts'
import { findToGrant, mustBeSingle } from './find-to-grant.ts'
import { columnsOf, deleteGrant, findTarget, insertGrant, noThing, rightOf } from './grant-rows.ts'
import { checkNewGrant } from './grant-words.ts'
import { mustBeBelow } from './how-many.ts'
import { rightFacts } from './right-facts.ts'
import { findGiven, mustLeaveMaker } from './who-may-be-given.ts'

/** Gives or denies a right on a thing; see `Grants.give`. */
export function makeGiveGrant(deps: AccessVerbDeps): Grants['give'] {
  const { db, emit, clock, changes, things } = deps
  return async function give(caller, input) {
    const { principal, kind, pattern, right, effect } = input
    mustBeSingle(kind)
    checkNewGrant(input)
    const workspaceKey = caller.workspace.key
    const target = await findToGrant(db.read, things, caller, kind, pattern)
    return db.inTx(async (tx) => {
      await changes.turn(tx)
      // It may have been deleted for good since, and its grants with it.
      if (target !== (await findTarget(tx, things, workspaceKey, kind, pattern))) throw noThing(kind, pattern)
      const { holder, old } = await findGiven(tx, caller, principal, { kind, target })
      if (old !== undefined) {
        if (input.replace !== true) {
          throw new Problem(
            'RESOURCE_ALREADY_EXISTS',
            `Permission for user=${holder.name} on resource_type=${kind}, resource_id=${pattern} already exists.`,
          )
        }
      }
      const columns = columnsOf(right)
      await mustLeaveMaker(tx, caller, { kind, target, pattern }, holder, old, { ...columns, effect })
      if (old !== undefined) await tx.run(deleteGrant, { key: old.key })
      const row = {
        workspaceKey,
        principal: holder.key,
        role: 0,
        kind,
        target,
        ...columns,
        effect,
        ofMaker: old?.ofMaker ?? 0,
        createdAt: clock(),
        createdBy: caller.principal.name,
      }
      const made = await tx.first(insertGrant, row)
      await mustBeBelow(tx, { principal: holder.key, role: 0 })
      await changes.change(tx, concernedBy(holder, workspaceKey))
      const subject = subjectOf(holder)
      const after = rightFacts(subject, input)
      if (old === undefined) {
        await emit(tx, caller, {
          type: 'grant.given',
          subject,
          before: undefined,
          after,
        } satisfies RightEvent)
      } else {
        const before = rightFacts(subject, { kind, pattern, right: rightOf(old), effect: old.effect })
        await emit(tx, caller, { type: 'grant.changed', subject, before, after } satisfies RightEvent)
      }
      const { createdAt, createdBy } = row
      return { key: made!.key, kind, pattern, right, effect, createdAt, createdBy }
    })
  }
}
