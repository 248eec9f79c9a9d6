import type { BuiltInRoleName, Level, Permission } from '@orrery/base/kernel'
import type { Generated } from 'kysely'
import type { GrantKind } from './grant.ts'
import type { PrincipalKind } from './principal.ts'
import type { SessionMethod } from './session.ts'
import type { TokenKind } from './token.ts'
import type { Metered, QuotaState } from './workspace.ts'

/** The rows of this module's tables; `migrations/` says what the columns mean. Times are milliseconds since the epoch. */
export interface AccessTables {
  workspaces: {
    workspace_key: Generated<number>
    /** While it is there its name; `<name>#<key>` once it is deleted. */
    name: string
    description: string
    created_at: number
    /** UUID; null until the first start after the column came. */
    workspace_id: string | null
    friendly_name: Generated<string>
    subscription_id: Generated<string>
    resource_group: Generated<string>
    location: Generated<string>
    /** MLflow's fields; empty where not given. */
    default_artifact_root: Generated<string>
    trace_archival_location: Generated<string>
    trace_archival_retention: Generated<string>
    /** Longest life of a personal or service token; null for the server's own limit. */
    max_token_life_ms: number | null
    created_by: Generated<string>
    updated_at: number | null
    archived_at: number | null
    deleted_at: number | null
    deleted_name: string | null
  }
  workspace_tags: { workspace_key: number; key: string; value: string }
  /** No row: no limit. */
  workspace_quotas: { workspace_key: number; what: Metered; quota: number; told: QuotaState }
  workspace_usage: { workspace_key: number; what: Metered; shard: number; amount: number }
  signing_keys: { purpose: string; key_hex: string }
  principals: {
    principal_key: Generated<number>
    kind: PrincipalKind
    name: string
    /** In lower case: names are one whatever their case. Shared by users, service accounts and groups. */
    folded_name: string
    display_name: string
    email: string
    /** The workspace that a service account belongs to; null for users and groups. */
    home_workspace_key: number | null
    /** 0 or 1. */
    is_admin: number
    disabled_at: number | null
    stamp: number
    created_at: number
    created_by: string
    updated_at: number
    /** To the hour. */
    last_seen_at: number | null
  }
  /** `source`: `manual`, or the issuer whose sign-on says so: each sign-on replaces its own rows only. */
  group_members: { group_key: number; member_key: number; source: string }
  roles: {
    role_key: Generated<number>
    workspace_key: number
    /** A `BuiltInRoleName` where `built_in` is 1. */
    name: BuiltInRoleName | (string & {})
    description: string | null
    built_in: number
    created_at: number
    updated_at: number
  }
  /** `source` as in `group_members`. */
  role_assignments: {
    assignment_key: Generated<number>
    workspace_key: number
    principal_key: number
    role_key: number
    source: string
    created_at: number
    created_by: string
  }
  grants: {
    grant_key: Generated<number>
    workspace_key: number
    principal_key: number
    role_key: number
    kind: GrantKind
    /** `experiment_key` or `model_key`; 0 for all. */
    target: number
    level: Level | ''
    permission: Permission | ''
    effect: 'allow' | 'deny'
    /** 1: of whoever made the thing. */
    of_maker: Generated<number>
    created_at: number
    created_by: string
  }
  access_version: { one: 1; version: number }
  /** Both keys null: forget everything. */
  access_changes: {
    version: number
    principal_key: number | null
    workspace_key: number | null
    at: number
  }
  passwords: { principal_key: number; hash: string; changed_at: number }
  tokens: {
    token_key: Generated<number>
    token_id: string
    /** SHA-256 of the whole token, lower-case hex. */
    hash: string
    kind: TokenKind
    name: string
    principal_key: number
    /** Where it counts against the quota, and the only one it works in unless `all_workspaces` is 1. */
    workspace_key: number
    all_workspaces: number
    read_only: number
    /** The first characters, by which its owner knows it again. */
    shown: string
    stamp: number
    /** Of the run that a `run` token is for. */
    run_key: number | null
    run_id: string | null
    created_at: number
    created_by: string
    /** Until then it does what its account may do. */
    expires_at: number
    /** From then on it does nothing; later than `expires_at` for tracking credentials only. */
    ends_at: number
    /** To the minute. */
    last_used_at: number | null
    last_used_from: string | null
  }
  token_runs: { token_key: number; run_key: number; created_at: number }
  sessions: {
    session_key: Generated<number>
    session_id: string
    hash: string
    principal_key: number
    stamp: number
    method: SessionMethod
    address: string
    browser: string
    created_at: number
    seen_at: number
    ends_at: number
  }
  /** `principal_key`: whose password it sets; null: it makes the first administrator. */
  setup_links: { hash: string; principal_key: number | null; created_at: number; ends_at: number }
  identities: {
    issuer: string
    subject: string
    principal_key: number
    email: string
    linked_at: number
    last_sign_on_at: number
  }
  sign_ons: {
    state_hash: string
    browser_hash: string
    nonce: string
    code_verifier: string
    next: string
    ends_at: number
  }
  group_mappings: { mapping_key: Generated<number>; issuer: string; claim: string; group_key: number }
}
