import type { Approvals } from '../approvals.ts'
import type { ApprovalDeps } from './approval-deps.ts'
import { makeDecide } from './decide.ts'
import { makeListDeciders } from './list-deciders.ts'
import { makeShowRequests } from './list-requests.ts'
import { makeApprovalPolicies } from './make-policies.ts'
import { makeRequestApproval } from './request-approval.ts'

/** The verbs of approvals: policies, and the requests under them. */
export function makeApprovals(deps: ApprovalDeps): Approvals {
  return {
    ...makeApprovalPolicies(deps),
    request: makeRequestApproval(deps),
    ...makeShowRequests(deps),
    deciders: makeListDeciders(deps),
    ...makeDecide(deps),
  }
}
