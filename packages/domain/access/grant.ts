import type { Level, Permission } from '@orrery/base/kernel'

/**
 * What grants name, MLflow's words. `workspace` USE is a member who reads everything and makes experiments and models;
 * MANAGE is an owner. `experiment` includes its runs, artifacts and traces. `registered_model` includes its versions,
 * and prompts, which are models here; `prompt` is kept apart only so that what was given comes back by its name.
 * `run` and `trace` are tiers of their own and take no single things. `server` and the others come in custom roles only.
 */
export const GRANT_KINDS = ['workspace', 'experiment', 'registered_model', 'prompt', 'run', 'trace'] as const

export type GrantKind = (typeof GRANT_KINDS)[number] | 'permission'

/** MLflow's types of resources that have nothing behind them here yet: NOT_IMPLEMENTED, not a mistake of the caller. */
export const GRANT_KINDS_NOT_YET = [
  'assessment',
  'gateway_endpoint',
  'gateway_model_definition',
  'gateway_secret',
  'logged_model',
  'mcp_server',
  'mcp_server_version',
  'prompt_version',
  'registered_model_version',
  'review_queue',
  'scorer',
  'scorer_version',
] as const

/**
 * One right, allowed or denied. A denial at a level takes that level and those above it, and wins over every allowance
 * but those of administrators and owners of the workspace, who cannot be restricted.
 */
export interface Grant {
  /** What MLflow's API calls the id of a role permission. */
  readonly key: number
  readonly kind: GrantKind
  /** Name of a model, id of an experiment, `*`. A thing that is gone has no grants. */
  readonly pattern: string
  /** One of the two, see `GivenRight`. */
  readonly right: GivenRight
  readonly effect: 'allow' | 'deny'
  readonly createdAt: number
  readonly createdBy: string
}

/** A level as MLflow has them, or one permission of the list, in custom roles. */
export type GivenRight = { readonly level: Level } | { readonly permission: Permission }

export interface RoleDetails {
  /** What MLflow's API calls the id of a role. */
  readonly key: number
  readonly workspace: string
  readonly name: string
  readonly description: string | null
  readonly builtIn: boolean
  /** Everything that it gives in the whole workspace, grants included. */
  readonly permissions: readonly Permission[]
  /** Of custom roles. */
  readonly grants: readonly Grant[]
}

export interface RoleAssignment {
  /** What MLflow's API calls the id of an assignment. */
  readonly key: number
  readonly workspace: string
  readonly principalKey: number
  readonly principal: string
  readonly principalKind: 'user' | 'service' | 'group'
  readonly roleKey: number
  readonly role: string
  /** `manual`, or the issuer whose sign-on says so. */
  readonly source: string
}

/** One reason for or against, in the order in which they were weighed. */
export interface Reason {
  readonly effect: 'allow' | 'deny'
  /** A sentence: "role 'data-scientist', held through group 'vision', gives run.write". */
  readonly says: string
  /** Whether it is what decided. */
  readonly decisive: boolean
}

export interface Explanation {
  readonly principal: string
  readonly permission: Permission
  /** The thing that was asked about; null for the whole workspace. */
  readonly on: string | null
  readonly allowed: boolean
  /** MLflow's word for what is held on the thing: `MANAGE`, `EDIT`, `USE`, `READ`, `DENY`, `NO_PERMISSIONS`. */
  readonly level: Level | 'DENY' | 'NO_PERMISSIONS'
  readonly reasons: readonly Reason[]
}
