import type { Clock, Workspace } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Emit } from '../../events/index.ts'
import type { Changes } from '../changes.ts'
import type { Setup } from '../credentials.ts'
import type { PasswordHasher } from '../passwords/hash-password.ts'
import type { BeginSession } from '../sessions/begin-session.ts'
import { makeBeginSetup } from './begin-setup.ts'
import { makeCompleteSetup, makeIsOpen } from './complete-setup.ts'

export interface SetupDeps {
  readonly db: Database
  readonly clock: Clock
  readonly emit: Emit
  readonly changes: Changes
  readonly hasher: PasswordHasher
  readonly beginSession: BeginSession
  /** The workspace `default`. */
  readonly home: () => Workspace | Promise<Workspace>
}

export function makeSetup(deps: SetupDeps): Setup {
  return { begin: makeBeginSetup(deps), isOpen: makeIsOpen(deps), complete: makeCompleteSetup(deps) }
}
