import { type Caller, invalid, must } from '@orrery/base/kernel'
import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { Principals } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessTables } from '../access-tables.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { type FoundPrincipal, findPrincipal, noPrincipal } from '../decisions/find-principal.ts'
import { LIMITS } from '../limits.ts'
import { isIn } from './about-principal.ts'
import { MANUAL } from './holder.ts'
import { membersOfGroup, subjectOf } from './principal-rows.ts'
import { keepStaffed } from './staff.ts'

interface Pair {
  readonly group: number
  readonly member: number
}

const insertMember = statement('access.insert-member', (k: Kysely<AccessTables>, p: Pair) =>
  k
    .insertInto('group_members')
    .values({ group_key: p.group, member_key: p.member, source: MANUAL })
    .onConflict((clash) => clash.doNothing()),
)

const deleteMember = statement('access.delete-member', (k: Kysely<AccessTables>, p: Pair) =>
  k
    .deleteFrom('group_members')
    .where('group_key', '=', p.group)
    .where('member_key', '=', p.member)
    .returning('source'),
)

const countGroups = statement('access.count-groups', (k: Kysely<AccessTables>, p: { member: number }) =>
  k
    .selectFrom('group_members')
    .select((e) => e.fn.count<number>('group_key').distinct().as('groups'))
    .where('member_key', '=', p.member),
)

async function findGroup(reads: Reads, name: string): Promise<FoundPrincipal> {
  const found = await findPrincipal(reads, name)
  if (found === undefined || found.kind !== 'group') throw noPrincipal(name)
  return found
}

async function findMember(reads: Reads, name: string): Promise<FoundPrincipal> {
  const found = await findPrincipal(reads, name)
  if (found === undefined) throw noPrincipal(name)
  if (found.kind === 'group') throw invalid(`'${found.name}' is a group: groups have no groups in them.`)
  return found
}

/** Lists who is in a group that has something in the workspace; administrators see every group. */
export function makeListMembers(deps: Pick<AccessVerbDeps, 'db' | 'profiles'>): Principals['members'] {
  return async function listMembers(caller: Caller, { group }) {
    const isAdmin = caller.may('server.manage')
    if (!isAdmin) must(caller, 'workspace.read')
    const found = await findGroup(deps.db.read, group)
    if (!isAdmin && !(await isIn(deps, found, caller.workspace.key))) throw noPrincipal(group)
    return deps.db.scan((reads) => membersOfGroup(reads, found.key))
  }
}

/** Puts an account into a group; see `Principals.addMember`. */
export function makeAddMember({ db, emit, changes }: AccessVerbDeps): Principals['addMember'] {
  return async function addMember(caller, input) {
    must(caller, 'server.manage')
    await db.inTx(async (tx) => {
      await changes.turn(tx)
      const group = await findGroup(tx, input.group)
      const member = await findMember(tx, input.member)
      const added = await tx.run(insertMember, { group: group.key, member: member.key })
      if (added === 0) return
      const { groups } = (await tx.first(countGroups, { member: member.key }))!
      if (Number(groups) > LIMITS.groupsOfAnAccount) {
        throw invalid(`'${member.name}' is in ${LIMITS.groupsOfAnAccount} groups already, which is the most.`)
      }
      await changes.change(tx, { principal: member.key })
      await emit(tx, caller, {
        type: 'group.member-added',
        subject: subjectOf(group),
        before: undefined,
        after: { member: member.name, source: MANUAL },
      } satisfies AccessEvent)
    })
  }
}

/** Takes an account out of a group, however it came in; see `Principals.removeMember`. */
export function makeRemoveMember({ db, emit, changes }: AccessVerbDeps): Principals['removeMember'] {
  return async function removeMember(caller, input) {
    must(caller, 'server.manage')
    await db.inTx(async (tx) => {
      await changes.turn(tx)
      const group = await findGroup(tx, input.group)
      const member = await findMember(tx, input.member)
      const sources: string[] = []
      await keepStaffed(tx, { principals: [member.key] }, async () => {
        const rows = await tx.all(deleteMember, { group: group.key, member: member.key })
        sources.push(...rows.map(({ source }) => source))
      })
      if (sources.length === 0) return
      await changes.change(tx, { principal: member.key })
      await emit(tx, caller, {
        type: 'group.member-removed',
        subject: subjectOf(group),
        before: { member: member.name, source: sources.join(', ') },
        after: undefined,
      } satisfies AccessEvent)
    })
  }
}
