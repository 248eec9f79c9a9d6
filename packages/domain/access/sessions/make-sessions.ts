import type { Clock, Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Emit } from '../../events/index.ts'
import type { NameAndPassword } from '../authentication/check-name-and-password.ts'
import type { Changes } from '../changes.ts'
import type { Sessions } from '../credentials.ts'
import type { Meter } from '../seams.ts'
import type { BeginSession } from './begin-session.ts'
import { makeEndSession } from './end-session.ts'
import { makeListSessions } from './list-sessions.ts'
import { makeSignIn } from './sign-in.ts'

export interface SessionDeps {
  readonly db: Database
  readonly clock: Clock
  readonly emit: Emit
  readonly changes: Changes
  readonly meter: Pick<Meter, 'adjust'>
  readonly check: NameAndPassword
  readonly beginSession: BeginSession
  /** The workspace `default`. */
  readonly home: () => Workspace | Promise<Workspace>
}

export function makeSessions(deps: SessionDeps): Sessions {
  return { signIn: makeSignIn(deps), list: makeListSessions(deps), end: makeEndSession(deps) }
}
