import { PERMISSIONS, type Permission } from '@orrery/base/kernel'
import type { Explanation, GrantKind } from '../grant.ts'
import { buildProfile, permissionsOfGrant } from './build-profile.ts'
import { decide } from './decide.ts'
import { familyOf, rankOf } from './levels.ts'
import type { HeldGrant, Rights } from './load-rights.ts'

/** What each kind is first of all about, and what makes new ones: nothing else needs USE. */
const MAIN: Readonly<Record<string, { reads: Permission; makes?: Permission }>> = {
  workspace: { reads: 'workspace.read', makes: 'experiment.create' },
  experiment: { reads: 'experiment.read', makes: 'experiment.create' },
  registered_model: { reads: 'model.read', makes: 'model.create' },
  prompt: { reads: 'model.read', makes: 'model.create' },
  run: { reads: 'run.read' },
  trace: { reads: 'trace.read' },
}

/**
 * MLflow's word for what somebody may do with a thing in the end. It is told from permissions: roles give those, and
 * not levels.
 *
 * @param target 0 for the kind as a whole, be single things denied or not
 */
export function levelOf(rights: Rights, kind: GrantKind, target: number): Explanation['level'] {
  const profile = buildProfile(rights)
  if (profile.everything) return 'MANAGE'
  const main = MAIN[kind]
  if (main === undefined) return 'NO_PERMISSIONS'
  const may = (permission: Permission) => decide(profile, permission, target)
  const bearing = rights.grants.filter(
    (grant) => (grant.target === 0 || grant.target === target) && isAbout(grant, main.reads),
  )
  if (!may(main.reads)) return bearing.some(({ effect }) => effect === 'deny') ? 'DENY' : 'NO_PERMISSIONS'
  const family = familyOf(kind, target !== 0)
  const mayAll = (level: 'EDIT' | 'MANAGE') =>
    family.filter((permission) => PERMISSIONS[permission].level === level).every(may)
  if (kind !== 'workspace' && mayAll('EDIT')) return mayAll('MANAGE') ? 'MANAGE' : 'EDIT'
  const isUsed =
    (main.makes !== undefined && profile.everywhere.has(main.makes)) ||
    bearing.some(({ effect, level }) => effect === 'allow' && level !== '' && rankOf(level) >= rankOf('USE'))
  const isKept = rights.grants.some(
    (grant) =>
      grant.effect === 'deny' &&
      grant.level === 'USE' &&
      (grant.target === 0 || grant.target === target) &&
      familyOf(grant.kind, false).includes(main.reads),
  )
  return isUsed && !isKept ? 'USE' : 'READ'
}

/** Whether a grant says something of a permission on the things that it names. */
const isAbout = (grant: HeldGrant, permission: Permission) => permissionsOfGrant(grant).includes(permission)
