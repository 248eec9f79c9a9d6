import type { Caller } from '@orrery/base/kernel'
import type { Authentication, Passwords, Sessions, Setup, SignOn, Tokens } from './credentials.ts'
import type { Explanation, GivenRight, Grant, GrantKind, RoleAssignment, RoleDetails } from './grant.ts'
import type { PrincipalDetails, PrincipalKind } from './principal.ts'
import type { Loss, Metered, Quota, WorkspaceDetails } from './workspace.ts'

/*
 * What this module promises. Every verb takes the caller first and writes in one transaction with its events: all of it
 * or nothing. What it changes is in force at once on this server and within a second on every other.
 *
 * Where nothing else is said, a verb throws
 * - INVALID_PARAMETER_VALUE for a name, text, level or number that MLflow or `LIMITS` refuses;
 * - PERMISSION_DENIED where the caller may not, before anything is told of whom or what it is about;
 * - RESOURCE_DOES_NOT_EXIST with MLflow's sentences: "Workspace '<name>' not found", "User with username=<name> not
 *   found", "Role with id=<id> not found", "Role permission with id=<id> not found", also for what is in a workspace
 *   that the caller has no role in.
 */
export interface Access {
  readonly workspaces: Workspaces
  readonly quotas: Quotas
  readonly principals: Principals
  readonly roles: Roles
  readonly grants: Grants
  readonly authentication: Authentication
  readonly passwords: Passwords
  readonly tokens: Tokens
  readonly sessions: Sessions
  readonly setup: Setup
  readonly signOn: SignOn
  /**
   * Why an account can or cannot do something, by the same code that decides it. Everybody may ask about themselves,
   * owners about everybody in their workspace.
   *
   * @param input.on id of an experiment or name of a model; left out: in the whole workspace
   * @throws INVALID_PARAMETER_VALUE where `on` is given for a permission that is not decided on single things
   */
  explain(
    caller: Caller,
    input: { readonly principal: string; readonly permission: string; readonly on?: string | undefined },
  ): Promise<Explanation>
}

/** What of a workspace can be set. Left out: as it is. An empty text takes it away. */
export interface WorkspaceProperties {
  readonly friendlyName?: string | undefined
  readonly description?: string | undefined
  readonly subscriptionId?: string | undefined
  readonly resourceGroup?: string | undefined
  readonly location?: string | undefined
  readonly defaultArtifactRoot?: string | undefined
  readonly traceArchivalLocation?: string | undefined
  readonly traceArchivalRetention?: string | undefined
  /** Replaces all tags. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly maxTokenLifeMs?: number | null | undefined
}

export interface Workspaces {
  /**
   * Makes a workspace with its built-in roles and its Default experiment; the caller becomes its owner unless they are
   * an administrator. Needs `server.manage`.
   *
   * @throws RESOURCE_ALREADY_EXISTS "Workspace '<name>' already exists."
   * @throws INVALID_PARAMETER_VALUE with MLflow's sentences for names (see `checkWorkspaceName`)
   */
  create(caller: Caller, input: WorkspaceProperties & { readonly name: string }): Promise<WorkspaceDetails>

  /** Those in which the caller has a role, by name; all of them for administrators. */
  list(caller: Caller): Promise<readonly WorkspaceDetails[]>

  /** Any role in it is enough, also one without permissions. */
  get(caller: Caller, input: { readonly name: string }): Promise<WorkspaceDetails>

  /** Needs `workspace.write` there; `maxTokenLifeMs` needs `workspace.manage`. */
  update(caller: Caller, input: WorkspaceProperties & { readonly name: string }): Promise<WorkspaceDetails>

  /** An archived workspace refuses every change but this one, with INVALID_STATE. Needs `workspace.manage` there. */
  setArchived(
    caller: Caller,
    input: { readonly name: string; readonly archived: boolean },
  ): Promise<WorkspaceDetails>

  /** What would be lost with it, noun by noun, counted now. Needs `workspace.manage` there. */
  losses(caller: Caller, input: { readonly name: string }): Promise<readonly Loss[]>

  /**
   * Deletes a workspace with everything in it, for good. It is gone for everybody when this resolves and its name is
   * free; the rest goes in slices (`removals`), files included. Needs `workspace.manage` there, or `server.manage`.
   *
   * @param input.confirm the name once more, as it was typed; `only-empty` for MLflow's RESTRICT
   * @throws INVALID_PARAMETER_VALUE where `confirm` is not the name, with the listing of what would be lost, and
   *   "The 'default' workspace is reserved and cannot be deleted"
   * @throws INVALID_STATE "Cannot delete workspace '<name>': …" where it must be empty and is not
   */
  delete(
    caller: Caller,
    input: { readonly name: string; readonly confirm: string | { readonly onlyEmpty: true } },
  ): Promise<void>
}

export interface Quotas {
  /** Everything that is counted, with what is used. Needs `workspace.read`. */
  list(caller: Caller): Promise<readonly Quota[]>

  /** Sets a limit, or takes it away with null. Below what is used it refuses what would be new. Needs `server.manage`. */
  set(caller: Caller, input: { readonly what: Metered; readonly quota: number | null }): Promise<Quota>
}

export interface Principals {
  /** Of a kind, by name. Members of a workspace see who has a role in it; administrators see everybody. */
  list(caller: Caller, input: { readonly kind: PrincipalKind }): Promise<readonly PrincipalDetails[]>

  /** Oneself, or an administrator about anybody, or an owner about whoever has a role in the workspace. */
  get(
    caller: Caller,
    input: { readonly kind: PrincipalKind; readonly name: string },
  ): Promise<PrincipalDetails>

  /**
   * Makes an account without any right. Users and groups: `server.manage`. Service accounts belong to the caller's
   * workspace and need `workspace.manage` there.
   *
   * @param input.password of users; left out: they sign in by sign-on or set one by a link
   * @throws RESOURCE_ALREADY_EXISTS "User (username=<name>) already exists."; names are one whatever their case
   */
  create(
    caller: Caller,
    input: {
      readonly kind: PrincipalKind
      readonly name: string
      readonly displayName?: string | undefined
      readonly email?: string | undefined
      readonly password?: string | undefined
    },
  ): Promise<PrincipalDetails>

  update(
    caller: Caller,
    input: {
      readonly kind: PrincipalKind
      readonly name: string
      readonly displayName?: string | undefined
      readonly email?: string | undefined
      /** Ends sessions and tokens at once, and keeps rights for when they come back. */
      readonly disabled?: boolean | undefined
    },
  ): Promise<PrincipalDetails>

  /**
   * Makes or unmakes an administrator; sessions of the account end. Needs `server.manage`.
   *
   * @throws INVALID_STATE for the last administrator who can sign in
   */
  setAdmin(caller: Caller, input: { readonly name: string; readonly isAdmin: boolean }): Promise<void>

  /**
   * Deletes an account with its credentials, roles, grants and memberships. What it made stays. Needs `server.manage`;
   * service accounts: `workspace.manage` in theirs.
   *
   * @throws BAD_REQUEST "Users cannot delete their own account. Ask another admin to delete this user instead."
   * @throws INVALID_STATE for the last administrator, and for the last owner of a workspace
   */
  delete(caller: Caller, input: { readonly kind: PrincipalKind; readonly name: string }): Promise<void>

  /** Who is in a group, by name. Groups have no groups in them. */
  members(caller: Caller, input: { readonly group: string }): Promise<readonly PrincipalDetails[]>

  /** Needs `server.manage`: a group may have roles in any workspace. Somebody who is in it already is fine. */
  addMember(caller: Caller, input: { readonly group: string; readonly member: string }): Promise<void>

  /** Somebody who is not in it is fine; a member by sign-on comes back with the next sign-on. */
  removeMember(caller: Caller, input: { readonly group: string; readonly member: string }): Promise<void>
}

/*
 * Whoever gives a right must have it: a caller without `workspace.manage` cannot come by more through a role or a group.
 * MLflow's verbs call roles, assignments and rows of permissions by their keys, whatever workspace the request names: the
 * workspace of the role decides.
 */
export interface Roles {
  /** Built-in ones first, then by name. @param input.workspaces left out: of all workspaces; needs `server.manage` */
  list(
    caller: Caller,
    input: { readonly workspaces?: readonly string[] | undefined },
  ): Promise<readonly RoleDetails[]>

  get(caller: Caller, input: { readonly roleKey: number }): Promise<RoleDetails>

  /**
   * A custom role. Needs `workspace.manage` there.
   *
   * @throws RESOURCE_ALREADY_EXISTS "Role (name=<name>, workspace=<workspace>) already exists."
   * @throws INVALID_PARAMETER_VALUE "Role name cannot be empty.", "Role name '<name>' uses the reserved '__user_' prefix, …"
   */
  create(
    caller: Caller,
    input: {
      readonly workspace: string
      readonly name: string
      readonly description?: string | undefined
      readonly permissions?: readonly string[] | undefined
    },
  ): Promise<RoleDetails>

  /**
   * @param input.permissions replaces the named permissions; rows with levels stay
   * @throws INVALID_STATE for a built-in role
   */
  update(
    caller: Caller,
    input: {
      readonly roleKey: number
      readonly name?: string | undefined
      readonly description?: string | undefined
      readonly permissions?: readonly string[] | undefined
    },
  ): Promise<RoleDetails>

  /** Takes it away from everybody who has it. @throws INVALID_STATE for a built-in role */
  delete(caller: Caller, input: { readonly roleKey: number }): Promise<void>

  /** Who has which role in the caller's workspace. Needs `workspace.read`. */
  assignments(caller: Caller): Promise<readonly RoleAssignment[]>

  /** Who has a role. */
  holders(caller: Caller, input: { readonly roleKey: number }): Promise<readonly RoleAssignment[]>

  /** The roles of an account, groups included; of others only those in workspaces that the caller owns. */
  of(caller: Caller, input: { readonly principal: string }): Promise<readonly RoleDetails[]>

  /**
   * @throws RESOURCE_ALREADY_EXISTS "User role assignment (user_id=<id>, role_id=<id>) already exists"
   */
  assign(
    caller: Caller,
    input: { readonly principal: string; readonly roleKey: number },
  ): Promise<RoleAssignment>

  /**
   * @throws RESOURCE_DOES_NOT_EXIST "User role assignment (user_id=<id>, role_id=<id>) not found"
   * @throws INVALID_STATE for the last owner of the workspace
   */
  unassign(caller: Caller, input: { readonly principal: string; readonly roleKey: number }): Promise<void>

  /**
   * Adds a right to a custom role.
   *
   * @throws RESOURCE_ALREADY_EXISTS "Role permission (role_id=<id>, resource_type=<type>, resource_pattern=<pattern>)
   *   already exists."
   * @throws NOT_IMPLEMENTED for a kind of `GRANT_KINDS_NOT_YET`
   */
  addGrant(caller: Caller, input: NewGrant & { readonly roleKey: number }): Promise<Grant>

  changeGrant(
    caller: Caller,
    input: { readonly grantKey: number; readonly right: GivenRight; readonly effect: Grant['effect'] },
  ): Promise<Grant & { readonly roleKey: number }>

  removeGrant(caller: Caller, input: { readonly grantKey: number }): Promise<void>
}

export interface NewGrant {
  readonly kind: GrantKind
  /** Id of an experiment, name of a model, or `*`. It must exist in the workspace. */
  readonly pattern: string
  readonly right: GivenRight
  readonly effect: Grant['effect']
}

/**
 * What an account or group may do with single things. Needs MANAGE of the thing, or `workspace.manage`. With MANAGE alone
 * rights go to members (who have a role in the workspace, through a group too), and of others it is not told whether there
 * is such an account; whoever made the thing keeps what they have on it, unless they lower it themselves.
 */
export interface Grants {
  /** Of one account or group in the caller's workspace, groups not followed. */
  of(caller: Caller, input: { readonly principal: string }): Promise<readonly Grant[]>

  /** As `of`, in every workspace: of oneself and for administrators; of others only in those that the caller owns. */
  everywhere(
    caller: Caller,
    input: { readonly principal: string },
  ): Promise<readonly (Grant & { readonly workspace: string })[]>

  /** Who may what on one thing, by name. */
  on(
    caller: Caller,
    input: { readonly kind: GrantKind; readonly pattern: string },
  ): Promise<readonly (Grant & { readonly principal: string })[]>

  /**
   * @throws RESOURCE_ALREADY_EXISTS "Permission for user=<name> on resource_type=<type>, resource_id=<pattern> already
   *   exists.", unless `replace` is given: then this right stands in place of that
   */
  give(
    caller: Caller,
    input: NewGrant & { readonly principal: string; readonly replace?: boolean | undefined },
  ): Promise<Grant>

  /**
   * @throws RESOURCE_DOES_NOT_EXIST "Permission for user=<name> on resource_type=<type>, resource_id=<pattern> not found."
   */
  take(
    caller: Caller,
    input: { readonly principal: string; readonly kind: GrantKind; readonly pattern: string },
  ): Promise<void>

  /**
   * What an account may do with a thing in the end, MLflow's `users/permissions/get`; the sentence behind it is
   * `explain`. A thing that does not exist is `NO_PERMISSIONS`.
   */
  level(
    caller: Caller,
    input: { readonly principal: string; readonly kind: GrantKind; readonly pattern: string },
  ): Promise<Explanation['level']>
}
