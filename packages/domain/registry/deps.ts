import type { Caller, Clock, IdSource } from '@orrery/base/kernel'
import type { ArtifactStore } from '@orrery/drivers/artifacts'
import type { Database, Tx } from '@orrery/drivers/db'
import type { Emit } from '../events/index.ts'
import type { Meter, Ownership } from '../tracking/index.ts'

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

interface OfModel {
  readonly modelKey: number
  readonly name: string
}

/** A version with what policies may protect of it. */
export interface Placed {
  readonly version: number
  readonly stage: string
  readonly aliases: readonly string[]
}

/** Subjects under which a legal hold would keep a thing: its own and those above it. */
interface Destroys {
  readonly held: readonly string[]
}

/** A change that a policy of the workspace may bind. */
export type RegistryChange =
  /** `archived`: what else leaves the stage with it. */
  | (OfModel & {
      readonly kind: 'stage'
      readonly version: number
      readonly from: string
      readonly to: string
      readonly archived: readonly number[]
    })
  /** `to` null: the alias is deleted. */
  | (OfModel & {
      readonly kind: 'alias'
      readonly alias: string
      readonly from: number | null
      readonly to: number | null
    })
  | (OfModel & Destroys & { readonly kind: 'delete-version'; readonly placed: Placed })
  /** `placed`: versions that are in a stage other than None or have aliases; of each stage the highest 100. */
  | (OfModel & Destroys & { readonly kind: 'delete-model'; readonly placed: readonly Placed[] })
  /** Held as well: what stands under a hold would have another name afterwards, and the hold would not find it. */
  | (OfModel &
      Destroys & {
        readonly kind: 'rename-model'
        readonly newName: string
        readonly placed: readonly Placed[]
      })
  /** Only what the import brings into stages and aliases. `modelKey` 0: a model that is new. */
  | (OfModel & { readonly kind: 'import'; readonly placed: readonly Placed[] })

/** Who may hold a change back. */
export interface ChangePolicy {
  /** In the transaction, when the thing is found and locked and nothing is written. Throws, with the next step. */
  ask(tx: Tx, caller: Caller, change: RegistryChange): Promise<void>
}

/** A change for which another person's approval can be asked. */
export type ProtectedChange =
  | {
      readonly kind: 'stage'
      readonly name: string
      readonly version: number
      readonly stage: string
      readonly archiveExisting: boolean
    }
  | { readonly kind: 'alias'; readonly name: string; readonly version: number; readonly alias: string }

/** By whose request a change was approved: told with it. */
export interface Approval {
  readonly request: string
  readonly requestedBy: string
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
  ): Promise<{ readonly modelKey: number; readonly stateBefore: string; readonly change: RegistryChange }>

  /** Makes it, without asking `ChangePolicy`. */
  apply(tx: Tx, caller: Caller, change: ProtectedChange, approval: Approval): Promise<void>
}
