import type { Caller, Clock, IdSource, Workspace } from '@orrery/base/kernel'
import type { Database, Tx } from '@orrery/drivers/db'
import type { Emit } from '../../events/index.ts'
import type { Changes } from '../changes.ts'
import type { Residents } from '../seams.ts'
import type { CheckLocation } from './workspace-properties.ts'

/** What the verbs of workspaces are made of. */
export interface WorkspaceDeps {
  readonly db: Database
  readonly emit: Emit
  readonly clock: Clock
  readonly ids: IdSource
  readonly changes: Changes
  readonly residents: readonly Residents[]
  /**
   * Throws where something in it must be kept, in the transaction that would delete it.
   *
   * @default nothing must
   */
  readonly mayDelete?: (tx: Tx, workspace: Workspace) => Promise<void>
  /** Puts into a new workspace what every workspace has, in the transaction that makes it. */
  readonly prepare: (tx: Tx, workspace: Workspace) => Promise<void>
  /**
   * Who the caller is in another workspace, with all that their credential allows there and no more; undefined where they
   * have neither role nor grant, or the credential does not reach it.
   */
  readonly callerIn: (caller: Caller, workspace: Workspace) => Promise<Caller | undefined>
  readonly checkLocation: CheckLocation
  /** Called after a workspace was deleted, so that what is left of it goes soon. */
  readonly wakeRemovals: () => void
}
