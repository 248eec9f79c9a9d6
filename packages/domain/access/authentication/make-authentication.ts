import type { Clock, Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Changes } from '../changes.ts'
import type { Authentication } from '../credentials.ts'
import type { Profiles } from '../decisions/profiles.ts'
import type { Meter, Things } from '../seams.ts'
import { makeBelieved } from './believed.ts'
import type { NameAndPassword } from './check-name-and-password.ts'
import { makeConfine } from './confine.ts'
import { makeFindCaller } from './find-caller.ts'
import { makeLastUses } from './last-uses.ts'
import { makeRecognise } from './recognise.ts'
import { makeTidy } from './tidy.ts'

export interface AuthenticationDeps {
  readonly db: Database
  readonly clock: Clock
  readonly changes: Changes
  readonly profiles: Pick<Profiles, 'profileOf' | 'callerOf'>
  readonly findWorkspace: (name: string) => Workspace | Promise<Workspace>
  readonly check: NameAndPassword
  readonly meter: Pick<Meter, 'adjust'>
  /** Tracking's: which runs are running. */
  readonly running: Things['running']
}

export function makeAuthentication(deps: AuthenticationDeps): Authentication {
  const uses = makeLastUses()
  const believed = makeBelieved(deps.changes)
  const findCaller = makeFindCaller({
    ...deps,
    believed,
    uses,
    recognise: makeRecognise(deps),
    confine: makeConfine(deps),
  })
  return { findCaller, follow: () => deps.changes.follow(), tidy: makeTidy({ ...deps, uses }) }
}
