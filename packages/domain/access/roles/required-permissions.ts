import { invalid, PERMISSION_NAMES, PERMISSIONS, type Permission } from '@orrery/base/kernel'

/** What is in an experiment is found among the experiments that one sees, whatever one may do with it. */
const IN_EXPERIMENTS: readonly string[] = ['run', 'artifact', 'trace']

/**
 * The permission without which another one does nothing: a thing is changed after it was found among what one may read. Using
 * (`endpoint.use`, `compute.use`) and making new things do not need to see others.
 *
 * @returns undefined where there is none
 */
export function requiredBy(permission: Permission): Permission | undefined {
  const { kind, level } = PERMISSIONS[permission]
  if (IN_EXPERIMENTS.includes(kind)) return 'experiment.read'
  if (level !== 'EDIT' && level !== 'MANAGE') return undefined
  return PERMISSION_NAMES.find((name) => name === `${kind}.read`)
}

/**
 * Refuses a role that would do less than it says.
 *
 * @param named what is given by name
 * @param all everything that the role gives, with levels too
 */
export function checkRequired(named: readonly Permission[], all: readonly Permission[]): void {
  for (const permission of named) {
    const required = requiredBy(permission)
    if (required === undefined || all.includes(required)) continue
    throw invalid(
      `'permissions' has '${permission}' and not '${required}', without which it does nothing.`,
      `Add '${required}'.`,
    )
  }
}
