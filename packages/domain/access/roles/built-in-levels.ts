import { LEVELS, type Level, PERMISSIONS, type Permission } from '@orrery/base/kernel'
import { familyOf, rankOf } from '../decisions/levels.ts'
import type { GrantKind, RoleDetails } from '../grant.ts'

/** A built-in role as far as MLflow's rows can say it. */
export interface BuiltInLevel {
  /** Negative and the same each time: there is no row that could be changed. */
  readonly key: number
  readonly kind: GrantKind
  readonly level: Level
}

const TIERS = ['experiment', 'registered_model', 'run', 'trace'] as const
const MAKING: readonly Permission[] = ['experiment.create', 'model.create']
const ROWS_OF_A_ROLE = 10

/**
 * What MLflow's lists show of a built-in role: MANAGE of the workspace for owners; of others USE, if they make
 * experiments and models, and of each kind the highest level of which they have everything.
 */
export function builtInLevels({ key, name, permissions }: RoleDetails): BuiltInLevel[] {
  const rows: Omit<BuiltInLevel, 'key'>[] = []
  if (name === 'owner') rows.push({ kind: 'workspace', level: 'MANAGE' })
  else {
    const has = new Set(permissions)
    if (MAKING.every((permission) => has.has(permission))) rows.push({ kind: 'workspace', level: 'USE' })
    for (const kind of TIERS) {
      const level = LEVELS.findLast((level) =>
        familyUpTo(kind, level).every((permission) => has.has(permission)),
      )
      if (level !== undefined) rows.push({ kind, level })
    }
  }
  return rows.map((row, at) => ({ key: -(key * ROWS_OF_A_ROLE + at), ...row }))
}

/** Nothing that a level adds is no reason to tell it: a reader of runs has not USE of them. */
function familyUpTo(kind: GrantKind, level: Level): Permission[] {
  const family = familyOf(kind, false)
  const added = family.some((permission) => PERMISSIONS[permission].level === level)
  if (!added) return familyUpTo(kind, LEVELS[rankOf(level) + 1]!)
  return family.filter((permission) => rankOf(PERMISSIONS[permission].level) <= rankOf(level))
}
