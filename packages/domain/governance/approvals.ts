import type { Caller, ProtectedChange } from '@orrery/base/kernel'

export type RequestState = 'open' | 'approved' | 'rejected' | 'withdrawn' | 'expired'

export interface ApprovalPolicy {
  readonly id: string
  readonly models: string
  readonly kind: 'stage' | 'alias'
  readonly value: string
  readonly approvers: readonly string[]
  readonly expiresMs: number
  readonly createdBy: string
  readonly createdAt: number
}

export interface ApprovalRequest {
  readonly id: string
  readonly policyId: string
  readonly change: ProtectedChange
  readonly state: RequestState
  readonly reason: string
  readonly requestedBy: string
  readonly requestedAt: number
  readonly expiresAt: number
  readonly decidedBy: string | null
  readonly decidedAt: number | null
  readonly decisionReason: string | null
}

type PolicyInput = Pick<ApprovalPolicy, 'models' | 'kind' | 'value'> & {
  readonly approvers?: readonly string[] | undefined
  readonly expiresMs?: number | undefined
}

export interface Deciders {
  /** `user:alice`, `service:ci`, by name. */
  readonly deciders: readonly string[]
  readonly hidden: number
}

/*
 * A policy protects where a stage or an alias of some models points. What it protects changes only by an approved
 * request: setting, moving or deleting the alias; moving a version into the stage or out of it, also as one that is
 * archived by the way; deleting the version or the model that has it; renaming a model that has it, or to a name whose
 * policy protects what it has; an import that brings it. Whoever tries is refused with PERMISSION_DENIED and a sentence
 * that names the policy and the call that asks for approval.
 *
 * A request is for setting a stage or alias, or for deleting an alias; the way to everything else is to do that first, or
 * (owners only) to lift the policy, which is told by an event.
 */
export interface Approvals {
  listPolicies(caller: Caller): Promise<readonly ApprovalPolicy[]>

  /**
   * @throws INVALID_STATE on a server without accounts, where nobody is another person
   * @throws RESOURCE_ALREADY_EXISTS where the same is protected already
   */
  createPolicy(caller: Caller, input: PolicyInput): Promise<ApprovalPolicy>

  updatePolicy(
    caller: Caller,
    input: { readonly id: string } & Pick<PolicyInput, 'approvers' | 'expiresMs'>,
  ): Promise<ApprovalPolicy>

  /** Open requests under it expire. */
  deletePolicy(caller: Caller, input: { readonly id: string }): Promise<void>

  /**
   * Needs `model.write` on the model and a reason.
   *
   * @throws INVALID_STATE where nothing protects it (make the change itself), or it is so already
   * @throws RESOURCE_ALREADY_EXISTS where the same is asked for already
   */
  request(caller: Caller, input: { readonly change: ProtectedChange }): Promise<ApprovalRequest>

  get(caller: Caller, input: { readonly id: string }): Promise<ApprovalRequest>

  list(
    caller: Caller,
    input: {
      readonly state?: RequestState | undefined
      readonly name?: string | undefined
      /** Those that the caller may decide. */
      readonly mine?: boolean | undefined
      readonly limit: number
      readonly pageToken?: string | undefined
    },
  ): Promise<{ readonly requests: readonly ApprovalRequest[]; readonly nextPageToken?: string }>

  /**
   * Decides and makes the change, in one transaction: the request as the first event, the change as the second, both
   * by the approver; the change carries the reason of whoever asked. Needs `approval.decide`, `model.write` on the
   * model, and to be among the policy's approvers where it names some.
   *
   * @throws PERMISSION_DENIED where the caller and whoever asked may be one person: the same account, or one made by
   *   the other, or two service accounts with a person behind both (`PersonsBehind`); and for credentials that pass
   * @throws INVALID_STATE where it is no longer open, and RESOURCE_CONFLICT where what it meant is no longer what it
   *   was (the version is another one, the alias or stage has moved); the request then expires
   */
  approve(caller: Caller, input: { readonly id: string }): Promise<ApprovalRequest>

  /** As `approve`, without the change. Demands a reason. */
  reject(caller: Caller, input: { readonly id: string }): Promise<ApprovalRequest>

  /**
   * Who may decide a policy's requests, or one request, by what they hold at this moment: of a request without whoever may
   * be the person that asked, and nobody where it is not open or what it asks for is no longer possible. Whoever is no
   * administrator is told of administrators that are no members only how many there are.
   */
  deciders(
    caller: Caller,
    input: { readonly policy: string } | { readonly request: string },
  ): Promise<Deciders>

  /** Whoever asked, or an owner. */
  withdraw(caller: Caller, input: { readonly id: string }): Promise<ApprovalRequest>
}

export const APPROVAL_LIMITS = {
  policies: 200,
  approvers: 50,
  openPerModel: 100,
  expiresMs: { least: 3_600_000, most: 90 * 86_400_000, byDefault: 7 * 86_400_000 },
} as const
