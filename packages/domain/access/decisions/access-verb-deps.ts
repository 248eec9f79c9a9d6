import type { Clock } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Emit } from '../../events/index.ts'
import type { Changes } from '../changes.ts'
import type { PasswordHasher } from '../passwords/hash-password.ts'
import type { Meter, Things } from '../seams.ts'
import type { Profiles } from './profiles.ts'

/** What the verbs of principals, roles and grants are made of. */
export interface AccessVerbDeps {
  readonly db: Database
  readonly emit: Emit
  readonly clock: Clock
  readonly changes: Changes
  readonly profiles: Profiles
  readonly things: Things
  readonly hasher: PasswordHasher
  readonly meter: Pick<Meter, 'adjust'>
}
