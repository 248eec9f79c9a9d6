import { type Caller, type Change, must, Problem } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { ApprovalRequest, Approvals } from '../approvals.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import { bindingPolicies } from './binding.ts'
import { mustDecide } from './may-decide.ts'
import { needReason } from './need-reason.ts'
import { policiesOf } from './policy-rows.ts'
import { changeOf, type FoundRequest, shown, takeRequest } from './request-rows.ts'
import { type Because, expire, settle, withReason } from './settle.ts'

/** Either what became of a request, or why nothing could: that it ended is kept, and told to the caller afterwards. */
type Outcome = { readonly request: ApprovalRequest } | { readonly refusal: Problem }

/** The verbs that end a request. */
export function makeDecide(deps: ApprovalDeps): Pick<Approvals, 'approve' | 'reject' | 'withdraw'> {
  const { db, clock, approvedChanges } = deps

  async function approve(tx: Tx, caller: Caller, id: string): Promise<Outcome> {
    const now = clock()
    const request = await takeRequest(tx, caller, id)
    const over = await endIfOver(tx, caller, request, now)
    if (over !== undefined) return { refusal: over }
    must(caller, 'model.write', request.modelKey)
    const all = await policiesOf(tx, caller.workspace.key)
    // Before anything is said of the model as it is now, and again with what binds the change as it is now.
    await mustDecide(
      deps,
      tx,
      caller,
      request,
      all.filter(({ key }) => key === request.policyKey),
    )
    const looked = await lookAgain(tx, caller, request)
    if (looked === undefined) {
      await expire(deps, tx, caller, request, now, 'outdated')
      return { refusal: outdated(request) }
    }
    await mustDecide(deps, tx, caller, request, bindingPolicies(all, looked))
    const approval = { request: request.id, requestedBy: request.requestedBy }
    const { requestedBy } = request
    const settled = await settle(deps, tx, caller, request, { state: 'approved', now }, { requestedBy })
    await approvedChanges.apply(tx, withReason(caller, request.reason), changeOf(request), approval)
    return { request: shown(settled, now) }
  }

  /** What the change would be now; undefined where that is another one than what was asked for. */
  async function lookAgain(tx: Tx, caller: Caller, request: FoundRequest): Promise<Change | undefined> {
    try {
      const looked = await approvedChanges.look(tx, caller, changeOf(request))
      const isSame = looked.modelKey === request.modelKey && looked.stateBefore === request.stateBefore
      return isSame ? looked.change : undefined
    } catch (error) {
      if (error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined
      throw error
    }
  }

  async function reject(tx: Tx, caller: Caller, id: string): Promise<Outcome> {
    needReason(caller, 'A rejection')
    const now = clock()
    const request = await takeRequest(tx, caller, id)
    const over = await endIfOver(tx, caller, request, now)
    if (over !== undefined) return { refusal: over }
    must(caller, 'model.write', request.modelKey)
    const all = await policiesOf(tx, caller.workspace.key)
    await mustDecide(
      deps,
      tx,
      caller,
      request,
      all.filter(({ key }) => key === request.policyKey),
    )
    const { requestedBy } = request
    const settled = await settle(deps, tx, caller, request, { state: 'rejected', now }, { requestedBy })
    return { request: shown(settled, now) }
  }

  async function withdraw(tx: Tx, caller: Caller, id: string): Promise<Outcome> {
    const now = clock()
    const request = await takeRequest(tx, caller, id)
    if (caller.principal.key !== request.requesterKey && !caller.may('policy.manage')) {
      throw new Problem(
        'PERMISSION_DENIED',
        `Only who asked (${request.requestedBy}) and owners of the workspace take a request back.`,
        { hint: 'Whoever may decide rejects it.' },
      )
    }
    must(caller, 'model.write', request.modelKey)
    const over = await endIfOver(tx, caller, request, now)
    if (over !== undefined) return { refusal: over }
    const settled = await settle(deps, tx, caller, request, { state: 'withdrawn', now })
    return { request: shown(settled, now) }
  }

  /** @returns the refusal where the request is not open, or no longer: one whose time is over ends now */
  async function endIfOver(
    tx: Tx,
    caller: Caller,
    request: FoundRequest,
    now: number,
  ): Promise<Problem | undefined> {
    if (request.state !== 'open') return notOpen(request, request.state)
    const because: Because | undefined =
      request.expiresAt <= now ? 'expired' : request.policyId === null ? 'policy-deleted' : undefined
    if (because === undefined) return undefined
    await expire(deps, tx, caller, request, now, because)
    return notOpen(request, 'expired')
  }

  const inOneTransaction =
    (
      decide: (tx: Tx, caller: Caller, id: string) => Promise<Outcome>,
      permission: 'approval.decide' | undefined,
    ) =>
    async (caller: Caller, { id }: { readonly id: string }): Promise<ApprovalRequest> => {
      if (permission !== undefined) must(caller, permission)
      const outcome = await db.inTx((tx) => decide(tx, caller, id))
      if ('refusal' in outcome) throw outcome.refusal
      return outcome.request
    }

  return {
    approve: inOneTransaction(approve, 'approval.decide'),
    reject: inOneTransaction(reject, 'approval.decide'),
    withdraw: inOneTransaction(withdraw, undefined),
  }
}

const notOpen = ({ id }: FoundRequest, state: string) =>
  new Problem('INVALID_STATE', `The request ${id} is ${state}: it can no longer be decided.`)

const outdated = ({ id, name, version }: FoundRequest) =>
  new Problem(
    'RESOURCE_CONFLICT',
    `What the request ${id} asks for is no longer what it was: version ${version} of model '${name}', or what it would replace, has changed since. The request has ended.`,
    { hint: 'Look at the model, and ask again.' },
  )
