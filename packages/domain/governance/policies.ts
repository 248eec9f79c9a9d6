import type { Caller } from '@orrery/base/kernel'

export { REASON_LIMITS } from '@orrery/base/kernel'

/** Kinds of change for which a reason can be demanded. `traffic` binds nothing yet. */
export const REASONED_CHANGES = ['stage', 'alias', 'deletion', 'traffic'] as const
export type ReasonedChange = (typeof REASONED_CHANGES)[number]

/** `where-possible`: calls of MLflow's API, whose clients cannot say one without help, may go without. */
export const REASON_DEMANDS = ['none', 'where-possible', 'always'] as const
export type ReasonDemand = (typeof REASON_DEMANDS)[number]

export interface ReasonPolicies {
  /** All four, also those that demand nothing. */
  list(caller: Caller): Promise<readonly { readonly change: ReasonedChange; readonly demand: ReasonDemand }[]>
  set(
    caller: Caller,
    input: { readonly change: ReasonedChange; readonly demand: ReasonDemand },
  ): Promise<void>
}
