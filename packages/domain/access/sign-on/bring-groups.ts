import type { Caller } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { Emit } from '../../events/index.ts'
import type { AccessEvent } from '../access-events.ts'
import { keepStaffed } from '../principals/staff.ts'
import { deleteMembership, groupsBySource, insertMembership, mappedGroups } from './group-rows.ts'

/**
 * Puts an account into the groups that its provider says it has, and takes it out of those that the same provider no
 * longer says. Groups from elsewhere stay.
 *
 * @returns whether anything changed
 * @throws INVALID_STATE where it would leave a workspace without an owner
 */
export async function bringGroups(
  tx: Tx,
  emit: Emit,
  caller: Caller,
  { member, issuer, claims }: { member: number; issuer: string; claims: readonly string[] },
): Promise<boolean> {
  const wanted = claims.length === 0 ? [] : await tx.all(mappedGroups, { issuer, claims })
  const present = await tx.all(groupsBySource, { member, source: issuer })
  const added = wanted.filter(({ key }) => !present.some((group) => group.key === key))
  const removed = present.filter(({ key }) => !wanted.some((group) => group.key === key))
  const facts = { member: caller.principal.name, source: issuer }
  for (const { key, name } of added) {
    await tx.run(insertMembership, { group: key, member, source: issuer })
    await emit(tx, caller, {
      type: 'group.member-added',
      subject: `groups/${name}`,
      before: undefined,
      after: facts,
    } satisfies AccessEvent)
  }
  if (removed.length > 0) {
    await keepStaffed(tx, { principals: [member] }, async () => {
      for (const { key } of removed) await tx.run(deleteMembership, { group: key, member, source: issuer })
    })
  }
  for (const { name } of removed) {
    await emit(tx, caller, {
      type: 'group.member-removed',
      subject: `groups/${name}`,
      before: facts,
      after: undefined,
    } satisfies AccessEvent)
  }
  return added.length + removed.length > 0
}
