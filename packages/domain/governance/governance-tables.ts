import type { Generated } from 'kysely'
import type { RequestState } from './approvals.ts'
import type { ReasonDemand, ReasonedChange } from './policies.ts'
import type { Retained } from './retention.ts'

/** The rows of this module's tables; `migrations/` says what the columns mean. */
export interface GovernanceTables {
  reason_policies: { workspace_key: number; change: ReasonedChange; demand: ReasonDemand }
  approval_policies: {
    policy_key: Generated<number>
    policy_id: string
    workspace_key: number
    /** A name, or the beginning of names with `*` at its end. */
    models: string
    kind: 'stage' | 'alias'
    value: string
    /** A JSON list of `Named`: names `users/…`, `groups/…`, `roles/…`, with the key of whoever had them. */
    approvers: string
    expires_ms: number
    created_by: string
    created_at: number
  }
  approval_requests: {
    request_key: Generated<number>
    request_id: string
    workspace_key: number
    policy_key: number
    model_key: number
    model_name: string
    kind: 'stage' | 'alias' | 'delete-alias'
    version: number
    /** The stage or alias. */
    value: string
    /** 0 or 1. */
    archive_existing: number
    state_before: string
    state: RequestState
    reason: string
    requested_by: string
    requester_key: number
    requested_at: number
    expires_at: number
    decided_by: string | null
    decided_at: number | null
    decision_reason: string | null
  }
  approval_request_persons: { request_key: number; person_key: number }
  retention_rules: { workspace_key: number; what: Retained; after_days: number; last_run_at: number | null }
  legal_holds: {
    hold_key: Generated<number>
    hold_id: string
    workspace_key: number
    subject: string
    title: string
    reason: string
    placed_by: string
    placed_at: number
    lifted_by: string | null
    lifted_at: number | null
  }
  audit_anchors: {
    anchor_key: Generated<number>
    file: string
    digest: string
    position: number
    written_at: number
  }
}
