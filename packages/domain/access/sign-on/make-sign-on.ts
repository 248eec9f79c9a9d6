import type { Clock, Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Emit } from '../../events/index.ts'
import type { Changes } from '../changes.ts'
import type { SignOn } from '../credentials.ts'
import type { BeginSession } from '../sessions/begin-session.ts'
import { makeBeginSignOn, makeTakeSignOn } from './begin-sign-on.ts'
import { makeFinishSignOn } from './finish-sign-on.ts'
import { makeIdentities } from './identities.ts'
import { makeMappings } from './mappings.ts'

export interface SignOnDeps {
  readonly db: Database
  readonly clock: Clock
  readonly emit: Emit
  readonly changes: Changes
  readonly beginSession: BeginSession
  /** The workspace `default`. */
  readonly home: () => Workspace | Promise<Workspace>
}

export function makeSignOn(deps: SignOnDeps): SignOn {
  return {
    begin: makeBeginSignOn(deps),
    take: makeTakeSignOn(deps),
    finish: makeFinishSignOn(deps),
    ...makeMappings(deps),
    ...makeIdentities(deps),
  }
}
