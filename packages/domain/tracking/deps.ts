import type { Clock, IdSource } from '@orrery/base/kernel'
import type { Database } from '@orrery/drivers/db'
import type { Emit } from '../events/index.ts'

/** What the verbs of this module are made of. */
export interface TrackingDeps {
  readonly db: Database
  readonly emit: Emit
  readonly clock: Clock
  readonly ids: IdSource
  /** Called after something was deleted for good, so that the rest of it goes soon. */
  readonly wakeRemovals: () => void
}
