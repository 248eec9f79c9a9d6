import { approvalRoutes } from '@orrery/base/contract'
import { invalid, type ProtectedChange } from '@orrery/base/kernel'
import type { ApprovalPolicy, ApprovalRequest, Approvals } from '@orrery/domain/governance'
import { type Bindings, bind } from '../kit/index.ts'

type Handlers = Bindings<typeof approvalRoutes>

const PAGE = 100

/** What another person must approve, and who asks for it. */
export function bindApprovals(approvals: Approvals) {
  return bind(approvalRoutes, { ...policyHandlers(approvals), ...requestHandlers(approvals) })
}

type OfPolicies = 'listPolicies' | 'createPolicy' | 'updatePolicy' | 'deletePolicy' | 'policyDeciders'

function policyHandlers(approvals: Approvals): Pick<Handlers, OfPolicies> {
  return {
    listPolicies: async (caller) => ({
      policies: (await approvals.listPolicies(caller)).map(wirePolicy),
    }),
    createPolicy: async (caller, { models, kind, value, approvers, expires_ms }) => ({
      policy: wirePolicy(
        await approvals.createPolicy(caller, { models, kind, value, approvers, expiresMs: expires_ms }),
      ),
    }),
    updatePolicy: async (caller, { id, approvers, expires_ms }) => ({
      policy: wirePolicy(await approvals.updatePolicy(caller, { id, approvers, expiresMs: expires_ms })),
    }),
    policyDeciders: async (caller, { id }) => approvals.deciders(caller, { policy: id }),
    deletePolicy: async (caller, { id }) => {
      await approvals.deletePolicy(caller, { id })
      return {}
    },
  }
}

type OfRequests = Exclude<keyof Handlers, OfPolicies>

function requestHandlers(approvals: Approvals): Pick<Handlers, OfRequests> {
  return {
    request: async (caller, input) => ({
      request: wireRequest(await approvals.request(caller, { change: readChange(input) })),
    }),
    list: async (caller, { state, name, mine, limit = PAGE, page_token }) => {
      const found = await approvals.list(caller, { state, name, mine, limit, pageToken: page_token })
      return { requests: found.requests.map(wireRequest), next_page_token: found.nextPageToken }
    },
    get: async (caller, { id }) => ({ request: wireRequest(await approvals.get(caller, { id })) }),
    deciders: async (caller, { id }) => approvals.deciders(caller, { request: id }),
    approve: async (caller, { id }) => ({ request: wireRequest(await approvals.approve(caller, { id })) }),
    reject: async (caller, { id }) => ({ request: wireRequest(await approvals.reject(caller, { id })) }),
    withdraw: async (caller, { id }) => ({ request: wireRequest(await approvals.withdraw(caller, { id })) }),
  }
}

function readChange(input: {
  readonly kind: ProtectedChange['kind']
  readonly name: string
  readonly version?: string | undefined
  readonly value: string
  readonly archive_existing?: boolean | undefined
}): ProtectedChange {
  const { kind, name, value, archive_existing } = input
  if (kind === 'stage') {
    const version = readVersion(input.version)
    return { kind, name, version, stage: value, archiveExisting: archive_existing === true }
  }
  if (archive_existing !== undefined) {
    throw invalid("'archive_existing' is for stages; an alias leaves the version that has it by itself.")
  }
  if (kind === 'alias') return { kind, name, version: readVersion(input.version), alias: value }
  if (input.version === undefined) return { kind, name, alias: value }
  throw invalid(
    "'version' is for setting a stage or alias; which one has the alias that is to be deleted is known.",
  )
}

function readVersion(given: string | undefined): number {
  if (given === undefined) throw invalid("The field 'version' is required.", 'Say which version it is.')
  const version = /^[1-9]\d{0,15}$/.test(given) ? Number(given) : Number.NaN
  if (Number.isSafeInteger(version)) return version
  throw invalid(`Parameter 'version' must be a whole number from 1, got '${given.slice(0, 100)}'.`)
}

const wirePolicy = (policy: ApprovalPolicy) => ({
  id: policy.id,
  models: policy.models,
  kind: policy.kind,
  value: policy.value,
  approvers: policy.approvers,
  expires_ms: policy.expiresMs,
  created_by: policy.createdBy,
  creation_timestamp: policy.createdAt,
})

function wireRequest({ change, ...request }: ApprovalRequest) {
  return {
    id: request.id,
    policy: request.policyId,
    kind: change.kind,
    name: change.name,
    version: String(change.version),
    value: change.kind === 'stage' ? change.stage : change.alias,
    archive_existing: change.kind === 'stage' && change.archiveExisting,
    state: request.state,
    reason: request.reason,
    requested_by: request.requestedBy,
    requested_timestamp: request.requestedAt,
    expires_timestamp: request.expiresAt,
    decided_by: request.decidedBy ?? undefined,
    decided_timestamp: request.decidedAt ?? undefined,
    decision_reason: request.decisionReason ?? undefined,
  }
}
