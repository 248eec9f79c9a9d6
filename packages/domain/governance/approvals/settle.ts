import type { Caller } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import { actorOf, type Emit } from '../../events/index.ts'
import type { RequestState } from '../approvals.ts'
import { nameOf } from './policy-rows.ts'
import { changeOf, type FoundRequest, settleRequest } from './request-rows.ts'

/** Why a request ended that nobody decided. */
export type Because = 'expired' | 'outdated' | 'policy-deleted'

/** Where a request is told: at the version, so that its story has it. */
export const subjectOf = ({ name, version }: Pick<FoundRequest, 'name' | 'version'>) =>
  `models/${name}/versions/${version}`

/** What is told of a request. */
export function toldOf(request: FoundRequest) {
  const { policyModels: models, policyKind: kind, policyValue: value } = request
  const policy = models === null || kind === null || value === null ? '' : nameOf({ models, kind, value })
  return { request: request.id, policy, change: changeOf(request) }
}

/** Ends a request in the name of the caller, and tells it. @param more what is told besides */
export async function settle(
  { emit }: { readonly emit: Emit },
  tx: Tx,
  caller: Caller,
  request: FoundRequest,
  to: { readonly state: Exclude<RequestState, 'open'>; readonly now: number },
  more: Readonly<Record<string, unknown>> = {},
): Promise<FoundRequest> {
  const by = actorOf(caller)
  const reason = caller.reason ?? null
  await tx.run(settleRequest, { request: request.key, state: to.state, by, now: to.now, reason })
  await emit(tx, caller, {
    type: `approval.${to.state}` as const,
    subject: subjectOf(request),
    on: request.modelKey,
    after: { ...toldOf(request), ...more },
  })
  return { ...request, state: to.state, decidedBy: by, decidedAt: to.now, decisionReason: reason }
}

/** Ends a request that nobody decided, in the name of the server. */
export function expire(
  deps: { readonly emit: Emit },
  tx: Tx,
  caller: Caller,
  request: FoundRequest,
  now: number,
  because: Because,
): Promise<FoundRequest> {
  return settle(deps, tx, asServer(caller), request, { state: 'expired', now }, { because })
}

/** The server itself, for what happens on the occasion of a request of somebody else. */
function asServer(caller: Caller): Caller {
  return Object.create(caller, {
    principal: { value: { kind: 'system', name: 'server' } },
    credential: { value: undefined },
    reason: { value: undefined },
    address: { value: '' },
  })
}

/** The same caller, who gives another reason. */
export function withReason(caller: Caller, reason: string): Caller {
  return Object.create(caller, { reason: { value: reason } })
}
