import type { Caller, ResourceKind } from '@orrery/base/kernel'
import type { Reads, Tx } from '@orrery/drivers/db'
import type { Loss, Metered } from './workspace.ts'

/*
 * Where this module meets others. They do not know it, nor it them: each states what it needs as a function of its own
 * means, and wiring passes one to the other. Of two rooms the types agree by their shape.
 */

/** What this module does in other modules' transactions: part of their means, `deps.ownership` and `deps.meter`. */
export interface Ownership {
  /**
   * Gives whoever made a thing MANAGE of it, in the transaction that makes it and without an event of its own. Callers
   * without an account (the server itself, a server without accounts) get nothing.
   */
  created(tx: Tx, caller: Caller, thing: { readonly kind: ResourceKind; readonly key: number }): Promise<void>

  /** Takes away every grant on a thing that is deleted for good. */
  removed(tx: Tx, caller: Caller, thing: { readonly kind: ResourceKind; readonly key: number }): Promise<void>

  /** Writes down that the caller's credential created a run, if the credential's time is limited. */
  runCreated(tx: Tx, caller: Caller, runKey: number): Promise<void>
}

export interface Meter {
  /**
   * Counts. An addition is refused where it would pass the quota; a subtraction never is.
   *
   * @param amount of what there is more (or, negative, less): runs, bytes, …
   * @throws QUOTA_EXCEEDED with what, how much is used, the quota and whom to ask
   */
  count(tx: Tx, caller: Caller, what: Metered, amount: number): Promise<void>

  /** As `count`, for what no caller asked for, such as removals in the background: never refused, and no event. */
  adjust(tx: Tx, workspaceKey: number, what: Metered, amount: number): Promise<void>

  /** Says how much there is, after it was counted from the rows. Of what others count meanwhile it knows nothing. */
  set(tx: Tx, workspaceKey: number, what: Metered, amount: number): Promise<void>

  /** Whether so much more would fit, before a long upload begins. Throws as `count`. */
  mustFit(caller: Caller, what: Metered, amount: number): Promise<void>
}

/** What this module asks of the modules that have things in a workspace; wiring gives it a list of them. */
export interface Residents {
  /** Counts what the workspace has. Runs in a scan. */
  losses(reads: Reads, workspaceKey: number): Promise<readonly Loss[]>

  /** Whether `delete … only-empty` may go on, in its transaction. A Default experiment without runs is nothing. */
  isEmpty(tx: Tx, workspaceKey: number): Promise<boolean>

  /** Counts from the rows what `Meter` counts as it goes, for a workspace that has no count yet. */
  measure(reads: Reads, workspaceKey: number): Promise<Readonly<Partial<Record<Metered, number>>>>

  /** Removes a slice of at most 5 ms of a deleted workspace's rows and files. @returns whether there is nothing left */
  removeSlice(workspaceKey: number): Promise<boolean>
}

/** What this module asks of tracking and the registry to name things in grants. */
export interface Things {
  /** The key of an experiment's id or a model's name in a workspace, of prompts too; undefined where there is none. */
  find(reads: Reads, workspaceKey: number, kind: ResourceKind, pattern: string): Promise<number | undefined>

  /** The ids or names of keys; those that are gone are left out. */
  names(
    reads: Reads,
    workspaceKey: number,
    kind: ResourceKind,
    keys: readonly number[],
  ): Promise<ReadonlyMap<number, string>>

  /** Which of these runs are running. */
  running(reads: Reads, runKeys: readonly number[]): Promise<readonly number[]>
}
