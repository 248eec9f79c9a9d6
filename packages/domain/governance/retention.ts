import type { Caller } from '@orrery/base/kernel'

export const RETAINED = [
  'deleted-runs',
  'deleted-experiments',
  'deleted-logged-models',
  /** Only the files of soft-deleted runs and logged models; what was logged stays. */
  'deleted-artifacts',
  'audit',
] as const
export type Retained = (typeof RETAINED)[number]

export interface RetentionRule {
  readonly what: Retained
  readonly afterDays: number
  readonly lastRunAt: number | null
}

export interface Counted {
  readonly what: Retained
  readonly things: number
  readonly bytes: number
  readonly held: number
  readonly examples: readonly string[]
}

export interface LegalHold {
  readonly id: string
  readonly subject: string
  readonly title: string
  readonly reason: string
  readonly placedBy: string
  readonly placedAt: number
  readonly liftedBy: string | null
  readonly liftedAt: number | null
}

/*
 * Nothing is removed without a rule. Rules run once a night, in slices of at most 5 ms, and tell one `retention.ran` each.
 * What is under legal hold stays: retention passes it by, and `ChangePolicy` refuses to remove it by hand. The log loses
 * a prefix only, up to the first event that is held or that a subscription has not read.
 */
export interface Retention {
  list(caller: Caller): Promise<readonly RetentionRule[]>
  set(caller: Caller, input: { readonly what: Retained; readonly afterDays: number }): Promise<RetentionRule>
  lift(caller: Caller, input: { readonly what: Retained }): Promise<void>
  dryRun(
    caller: Caller,
    input: { readonly what?: Retained | undefined; readonly afterDays?: number | undefined },
  ): Promise<readonly Counted[]>
  /** @returns whether it was started; false where it is under way */
  run(caller: Caller, input: { readonly what?: Retained | undefined }): Promise<boolean>
}

export interface LegalHolds {
  list(caller: Caller, input: { readonly lifted: boolean }): Promise<readonly LegalHold[]>
  /** @throws RESOURCE_DOES_NOT_EXIST where there is no such thing; a hold on a name holds what has it later, too */
  place(caller: Caller, input: { readonly subject: string; readonly title: string }): Promise<LegalHold>
  lift(caller: Caller, input: { readonly id: string }): Promise<LegalHold>
}
