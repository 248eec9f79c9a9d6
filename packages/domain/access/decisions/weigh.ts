import type { Permission } from '@orrery/base/kernel'
import type { Reason } from '../grant.ts'
import { makesOwner, permissionsOfGrant, permissionsOfRole } from './build-profile.ts'
import type { HeldGrant, HeldRole, Rights } from './load-rights.ts'

/**
 * Everything in the rows that speaks for or against, in the order in which it counts: administrators, owners, denials,
 * allowances. The first one decides.
 *
 * @param target key of the thing; undefined for the whole workspace
 * @param nameOf how people call the thing that a grant names
 */
export function weigh(
  rights: Rights,
  permission: Permission,
  target: number | undefined,
  nameOf: (grant: HeldGrant) => string,
): Reason[] {
  const { isAdmin, roles, grants } = rights
  const reasons: Omit<Reason, 'decisive'>[] = []
  const say = (effect: Reason['effect'], says: string) => reasons.push({ effect, says })
  if (isAdmin) say('allow', 'an administrator of the server may do everything')
  if (permission !== 'server.manage') {
    for (const role of roles.filter(makesOwner.role)) {
      say('allow', `${closed(roleIn(rights, role))} makes an owner, who may do everything in the workspace`)
    }
    for (const grant of grants.filter(makesOwner.grant)) {
      say('allow', `${grantIn(rights, grant, nameOf)} makes an owner, who may do everything in the workspace`)
    }
  }
  const bearing = grants.filter((grant) => bears(grant, permission, target) && !makesOwner.grant(grant))
  for (const grant of bearing.filter(({ effect }) => effect === 'deny')) {
    say('deny', `${grantIn(rights, grant, nameOf)} takes ${permission}`)
  }
  for (const role of roles.filter((held) => !makesOwner.role(held))) {
    if (permissionsOfRole(role).includes(permission))
      say('allow', `${closed(roleIn(rights, role))} gives ${permission}`)
  }
  for (const grant of bearing.filter(({ effect }) => effect === 'allow')) {
    say('allow', `${grantIn(rights, grant, nameOf)} gives ${permission}`)
  }
  if (reasons.length === 0) say('deny', `no role and no grant gives ${permission}`)
  return reasons.map((reason, at) => ({ ...reason, decisive: at === 0 }))
}

/** Of the whole workspace one thing that is denied makes a difference, and one that is allowed does not. */
function bears(grant: HeldGrant, permission: Permission, target: number | undefined): boolean {
  if (!permissionsOfGrant(grant).includes(permission)) return false
  if (grant.target === 0) return true
  return target === undefined ? grant.effect === 'deny' : grant.target === target
}

const through = ({ groups }: Rights, holder: number) => {
  const group = groups.get(holder)
  return group === undefined ? '' : ` through group '${group}'`
}

const roleIn = (rights: Rights, { name, holder }: HeldRole) => {
  const held = through(rights, holder)
  return held === '' ? `role '${name}'` : `role '${name}', held${held}`
}

/** A part of a sentence that has a comma before its end has one behind it too. */
const closed = (words: string) => (words.includes(', held') ? `${words},` : words)

function grantIn(rights: Rights, grant: HeldGrant, nameOf: (grant: HeldGrant) => string): string {
  const { kind, level, permission, effect, target } = grant
  const right =
    permission === ''
      ? `${level} on ${target === 0 ? `every ${kind}` : `${kind} '${nameOf(grant)}'`}`
      : permission
  const roles = rights.roles.filter(({ key }) => key === grant.role)
  const whose =
    grant.role === 0
      ? `given${through(rights, grant.holder) || ' to the account'}`
      : `in ${roles.map((role) => roleIn(rights, role)).join(' and ')}`
  return `${effect === 'deny' ? 'the denial of ' : ''}${right}, ${whose},`
}
