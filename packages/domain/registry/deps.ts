import type { Approval, Caller, Change, Clock, IdSource, ProtectedChange } from '@orrery/base/kernel'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import type { Database, Tx } from '@orrery/drivers/db'
import type { Emit } from '../events/index.ts'
import type { ChangePolicy, Meter, Ownership } from '../tracking/index.ts'

/** What the verbs of this module are made of. */
export interface RegistryDeps {
  readonly db: Database
  readonly emit: Emit
  readonly clock: Clock
  readonly ids: IdSource
  /** Where the files of versions lie: those of runs and logged models, and those of imported versions. */
  readonly store: ArtifactStore
  /** Called after something was deleted for good, so that the rest of it goes soon. */
  readonly wakeRemovals: () => void
  readonly meter: Meter
  readonly ownership: Ownership
  /** @default everything is allowed */
  readonly policy?: ChangePolicy
}

/** The steps of the verbs, for whoever approves a change: in the transaction of the approval. */
export interface ApprovedChanges {
  /**
   * Finds and locks, as the verb does, and says what the change would move. `stateBefore` is the same text as long as the
   * change means the same.
   */
  look(
    tx: Tx,
    caller: Caller,
    change: ProtectedChange,
  ): Promise<{ readonly modelKey: number; readonly stateBefore: string; readonly change: Change }>

  /** Makes it, without asking `ChangePolicy`. */
  apply(tx: Tx, caller: Caller, change: ProtectedChange, approval: Approval): Promise<void>
}
