import { ADMINISTERING, PERMISSIONS, type Permission } from './permissions.ts'
import { Problem } from './problem.ts'

/** A workspace as verbs see it: the internal key goes into every WHERE, the name into sentences. */
export interface Workspace {
  /** Internal 64-bit key, never reused. */
  readonly key: number
  readonly name: string
  /** Where new experiments put their artifacts; left out: in the store behind this server. */
  readonly artifactRoot?: string
  /** It can be read and not changed. */
  readonly archived?: boolean
}

export interface Principal {
  readonly kind: 'user' | 'service' | 'system' | 'anonymous'
  readonly name: string
  /** Internal key of the account, never reused; left out where there is none. */
  readonly key?: number
}

/** By what a caller was recognised. */
export interface Credential {
  /**
   * `personal`, `service`: tokens with their own expiry. `tracking`: at most an hour, then `Confinement`. `run`: of a
   * job's run, confined from the beginning.
   */
  readonly kind: 'password' | 'session' | 'personal' | 'service' | 'tracking' | 'run'
  /** Internal key of the token or session; left out for passwords. */
  readonly key?: number
  /** It may do nothing that a reader may not, whatever its account may. */
  readonly readOnly?: true
  /** Internal key of the one workspace in which it works; left out: wherever its account has a role. */
  readonly onlyIn?: number
}

/**
 * What is left of a credential that reaches no further than some runs: an expired tracking credential may still do
 * what concerns the runs that it created and that are still running. Verbs ask `mustReach`; routes that concern no run
 * refuse it before.
 */
export interface Confinement {
  /** Internal keys of the runs, all of them running. */
  readonly runs: ReadonlySet<number>
  /** Told to whoever asks for more, with the next step. */
  readonly refusal: string
}

/** The kinds of things on which single grants may stand. */
export type ResourceKind = 'experiment' | 'model'

/** Which things of a kind a caller may read: a verb puts it into its WHERE and never filters after the query. */
export type Readable =
  | { readonly kind: 'all' }
  | { readonly kind: 'only'; readonly keys: readonly number[] }
  | { readonly kind: 'all-except'; readonly keys: readonly number[] }

/** Who asks, from where, in which workspace, and what they may do. The first argument of every verb. */
export interface Caller {
  readonly workspace: Workspace
  readonly principal: Principal
  readonly requestId: string
  /** Peer address, for events; empty inside the server itself. */
  readonly address: string
  /** Why, in the caller's own words (`X-Orrery-Reason`), if given. */
  readonly reason?: string
  /** Set where the request came in MLflow's language, whose clients can say no reason without help. */
  readonly speaks?: 'mlflow'
  /** By what they were recognised; left out while the server has no accounts, and for the server itself. */
  readonly credential?: Credential
  /** Set where the credential reaches some runs only. */
  readonly confinement?: Confinement
  /**
   * @param on internal key of the thing that the permission is decided on (`PERMISSIONS[…].on`; for a run that is its
   *   experiment): whether it may be done there. `SOMEWHERE`: to at least one thing. Left out: to every thing.
   */
  may(permission: Permission, on?: number | typeof SOMEWHERE): boolean
  readable(kind: ResourceKind): Readable
}

/** Asks whether there may be a thing to which something can be done. Only routes ask so: their verbs ask for the thing. */
export const SOMEWHERE = 'somewhere'

/**
 * Refuses what the caller may not do. Routes call it with `SOMEWHERE`, before decoding; verbs that change a thing call it
 * with the thing's key, after having found it among what the caller may read (else they would tell that it exists).
 *
 * @throws PERMISSION_DENIED
 * @throws INVALID_STATE for changes in an archived workspace
 */
export function must(caller: Caller, permission: Permission, on?: number | typeof SOMEWHERE): void {
  mustHave(caller, permission, on)
  if (caller.workspace.archived !== true || PERMISSIONS[permission].level === 'READ') return
  throw new Problem(
    'INVALID_STATE',
    `The workspace '${caller.workspace.name}' is archived: it can be read and not changed.`,
    { hint: 'An owner of the workspace can restore it.' },
  )
}

/**
 * As `must`, also in an archived workspace: for what changes nothing in it, though it needs more than reading, and for
 * what takes it out of the archive. @throws PERMISSION_DENIED
 */
export function mustHave(caller: Caller, permission: Permission, on?: number | typeof SOMEWHERE): void {
  if (caller.may(permission, on)) return
  if (ADMINISTERING.has(permission)) mustNotPass(caller)
  // Beyond workspaces: no owner can give it, and no role has it.
  if (permission === 'server.manage') {
    throw new Problem(
      'PERMISSION_DENIED',
      `Permission denied: '${caller.principal.name}' lacks 'server.manage'.`,
      { hint: 'Ask an administrator of the server: no role has it, and no token of one workspace.' },
    )
  }
  const where = typeof on === 'number' ? `this ${PERMISSIONS[permission].on} of workspace` : 'workspace'
  throw new Problem(
    'PERMISSION_DENIED',
    `Permission denied: '${caller.principal.name}' lacks '${permission}' in ${where} '${caller.workspace.name}'.`,
    { hint: 'Ask an owner of the workspace for a role that has it.' },
  )
}

/**
 * Whether a credential is of an hour or of a run. It lies where programs run, so it administers nothing: whoever finds
 * it would make an account with it and have that for ever.
 */
export const isPassing = (credential: Credential | undefined) =>
  credential?.kind === 'tracking' || credential?.kind === 'run'

/** Refuses with PERMISSION_DENIED what would outlive a credential that passes. */
export function mustNotPass({ credential }: Caller): void {
  if (!isPassing(credential)) return
  throw new Problem(
    'PERMISSION_DENIED',
    `A ${credential!.kind} credential changes no accounts, passwords, roles, grants, tokens, webhooks, policies or workspaces, and decides no approvals.`,
    { hint: 'Sign in with a password, or use a personal token.' },
  )
}

/** Refuses with UNAUTHENTICATED what a confined credential does to another run. @param run internal key */
export function mustReach({ confinement }: Caller, run: number | undefined): void {
  if (confinement === undefined || (run !== undefined && confinement.runs.has(run))) return
  throw new Problem('UNAUTHENTICATED', confinement.refusal)
}

/** Whether one thing is among what a caller may read. */
export function readableHas(readable: Readable, key: number): boolean {
  if (readable.kind === 'all') return true
  return readable.keys.includes(key) === (readable.kind === 'only')
}
