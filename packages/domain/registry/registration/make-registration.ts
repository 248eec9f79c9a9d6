import type { RegistryDeps } from '../deps.ts'
import type { Versions } from '../registry.ts'
import { makeCreateVersion } from './create-version.ts'
import { makeGetSummary } from './get-summary.ts'
import { makeRegisterPath } from './register-path.ts'

/** The verbs that make versions, and what was found when they were made. */
export function makeRegistration(deps: RegistryDeps): Pick<Versions, 'create' | 'registerPath' | 'summary'> {
  return {
    create: makeCreateVersion(deps),
    registerPath: makeRegisterPath(deps),
    summary: makeGetSummary(deps),
  }
}
