import type { Clock, IdSource, Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Emit } from '../events/index.ts'
import { makeCheckNameAndPassword } from './authentication/check-name-and-password.ts'
import { makeAuthentication } from './authentication/make-authentication.ts'
import { makeSignInFailures } from './authentication/sign-in-failures.ts'
import type { Changes } from './changes.ts'
import type { Authentication, Passwords, Resets, Sessions, Setup, SignOn, Tokens } from './credentials.ts'
import type { Profiles } from './decisions/profiles.ts'
import { DEFAULT_WORKSPACE } from './ensure-workspace.ts'
import type { PasswordHasher } from './passwords/hash-password.ts'
import { makeResets } from './passwords/reset-password.ts'
import { makePasswords } from './passwords/set-password.ts'
import type { Meter, Things } from './seams.ts'
import { makeBeginSession } from './sessions/begin-session.ts'
import { makeSessions } from './sessions/make-sessions.ts'
import { makeSetup } from './setup/make-setup.ts'
import { makeSignOn } from './sign-on/make-sign-on.ts'
import { makeTokens } from './tokens/make-tokens.ts'

export interface CredentialDeps {
  readonly db: Database
  readonly clock: Clock
  readonly ids: IdSource
  readonly emit: Emit
  readonly changes: Changes
  readonly profiles: Pick<Profiles, 'profileOf' | 'callerOf'>
  readonly findWorkspace: (name: string) => Workspace | Promise<Workspace>
  readonly meter: Pick<Meter, 'count' | 'adjust'>
  /** Tracking's: which runs are running. */
  readonly running: Things['running']
  /** One for the server: it lets one computation run at a time. */
  readonly hasher: PasswordHasher
}

/** The verbs of credentials, over one set of means. */
export function makeCredentials(given: CredentialDeps): {
  readonly authentication: Authentication
  readonly passwords: Passwords
  readonly tokens: Tokens
  readonly sessions: Sessions
  readonly setup: Setup
  readonly signOn: SignOn
  readonly resets: Resets
} {
  const home = () => given.findWorkspace(DEFAULT_WORKSPACE)
  const failures = makeSignInFailures(given)
  const check = makeCheckNameAndPassword({ ...given, failures, home })
  const beginSession = makeBeginSession(given)
  const deps = { ...given, home, check, beginSession }
  return {
    authentication: makeAuthentication(deps),
    passwords: makePasswords(deps),
    tokens: makeTokens(deps),
    sessions: makeSessions(deps),
    setup: makeSetup(deps),
    signOn: makeSignOn(deps),
    resets: makeResets(deps),
  }
}
