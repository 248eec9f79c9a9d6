import {
  LEVELS,
  type Level,
  PERMISSIONS,
  type Permission,
  type PermissionKind,
  ROLES,
} from '@orrery/base/kernel'
import type { Given, World } from './random-world.ts'

const IN: Record<string, readonly PermissionKind[]> = {
  experiment: ['experiment', 'run', 'artifact', 'trace'],
  registered_model: ['model'],
  prompt: ['model'],
  run: ['run'],
  trace: ['trace'],
}

/** Whether one row says anything of a permission on a thing (undefined: on something that no grant names). */
function says(row: Given, permission: Permission, thing: number | undefined): boolean {
  const { kind, level, on } = PERMISSIONS[permission]
  if (row.target !== 0) {
    const ofThing = row.kind === 'experiment' ? 'experiment' : 'model'
    if (on !== ofThing || row.target !== thing) return false
  }
  if (row.kind === 'permission') {
    if (row.permission === permission) return true
    return (
      row.permission === 'experiment.read' && ['run', 'artifact', 'trace'].includes(kind) && level === 'READ'
    )
  }
  if (row.kind === 'workspace') {
    if (row.level === 'MANAGE' || permission === 'workspace.read') return true
    if (permission === 'experiment.create' || permission === 'model.create') return true
    return level === 'READ' && ['experiment', 'run', 'artifact', 'trace', 'model'].includes(kind)
  }
  if (!IN[row.kind]!.includes(kind)) return false
  const [given, needed] = [LEVELS.indexOf(row.level as Level), LEVELS.indexOf(level)]
  return row.effect === 'allow' ? given >= needed : given <= needed
}

/** The rule as it is told in words, over the rows, without anything remembered or summarised. */
export function naive(world: World, who: number, workspace: number) {
  const holders = [who, ...world.members.filter(([, member]) => member === who).map(([group]) => group)]
  const roles = world.assignments
    .filter(([holder]) => holders.includes(holder))
    .map(([, role]) => world.roles.find(({ key }) => key === role)!)
    .filter((role) => role.workspace === workspace)
  const grants = world.grants.filter(
    (grant) =>
      grant.workspace === workspace &&
      (holders.includes(grant.principal) || roles.some(({ key }) => key === grant.role)),
  )
  const isAdmin = world.admins.includes(who)
  const isOwner =
    roles.some(({ name }) => name === 'owner') ||
    grants.some(({ kind, level }) => kind === 'workspace' && level === 'MANAGE')
  return {
    isMember: isAdmin || roles.length > 0 || grants.length > 0,
    may(permission: Permission, thing: number | undefined): boolean {
      if (isAdmin) return true
      if (permission === 'server.manage') return false
      if (isOwner) return true
      const rows = grants.filter((row) => says(row, permission, thing))
      if (rows.some(({ effect }) => effect === 'deny')) return false
      return (
        rows.length > 0 ||
        roles.some(
          ({ name, builtIn }) =>
            builtIn && ROLES[name as keyof typeof ROLES].permissions.some((given) => given === permission),
        )
      )
    },
  }
}
