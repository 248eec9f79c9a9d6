import type { Caller, Change, Clock, IdSource, ResourceKind } from '@orrery/base/kernel'
import type { Database, Tx } from '@orrery/drivers/db'
import type { Emit } from '../events/index.ts'

/** What the verbs of this module are made of. */
export interface TrackingDeps {
  readonly db: Database
  readonly emit: Emit
  readonly clock: Clock
  readonly ids: IdSource
  /** Called after something was deleted for good, so that the rest of it goes soon. */
  readonly wakeRemovals: () => void
  readonly ownership: Ownership
  readonly meter: Meter
  /** @default everything is allowed */
  readonly policy?: ChangePolicy
}

/** Who keeps rights on things, told in the transactions that make and remove them. */
export interface Ownership {
  /** Whoever makes a thing may do everything with it. */
  created(tx: Tx, caller: Caller, thing: { readonly kind: ResourceKind; readonly key: number }): Promise<void>

  /** A thing that is deleted for good has no rights left on it. */
  removed(tx: Tx, caller: Caller, thing: { readonly kind: ResourceKind; readonly key: number }): Promise<void>

  /** A credential of limited time keeps reaching the runs that it created while they are running. */
  runCreated(tx: Tx, caller: Caller, runKey: number): Promise<void>
}

/** Where there are no accounts. */
export const NOTHING_OWNED: Ownership = {
  created: async () => {},
  removed: async () => {},
  runCreated: async () => {},
}

/** What of a workspace this module counts. */
export type Metered = 'runs' | 'artifact-bytes'

/** Who counts what a workspace uses, and refuses what is beyond its quota. */
export interface Meter {
  /**
   * In the transaction of the change. @param amount of what there is more, or, negative, less
   * @throws QUOTA_EXCEEDED where an addition would pass the quota
   */
  count(tx: Tx, caller: Caller, what: Metered, amount: number): Promise<void>

  /** As `count`, never refused: for removals in the background, and for what has happened already. */
  adjust(tx: Tx, workspaceKey: number, what: Metered, amount: number): Promise<void>

  /** Says how much there is, after it was counted from the rows. */
  set(tx: Tx, workspaceKey: number, what: Metered, amount: number): Promise<void>

  /** Whether so much more would fit, before a long upload begins. Throws as `count`. */
  mustFit(caller: Caller, what: Metered, amount: number): Promise<void>
}

/** Where there are no quotas. */
export const NOTHING_METERED: Meter = {
  count: async () => {},
  adjust: async () => {},
  set: async () => {},
  mustFit: async () => {},
}

/** Who may hold a change back. */
export interface ChangePolicy {
  /** In the transaction, when the thing is found and locked and nothing is written. Throws, with the next step. */
  ask(tx: Tx, caller: Caller, change: Change): Promise<void>
}
