import type { Caller } from '@orrery/base/kernel'
import type { NewSession, SessionDetails } from './session.ts'
import type { NewToken, TokenDetails, TokenKind } from './token.ts'

/** What is known of a request before anybody has looked who asks. */
export interface Asking {
  /** As named by path or header; undefined at the root, which is `default`. */
  readonly workspace: string | undefined
  readonly requestId: string
  readonly address: string
  readonly reason: string | undefined
  /** The header as it came. */
  readonly authorization: string | undefined
  /** The value of the session's cookie, only where it may count (see the kit: same origin, browsers). */
  readonly session: string | undefined
}

export interface Authentication {
  /**
   * Who asks, ready for verbs. Answers at once, and not by a promise, where all of it is remembered: at most 5 µs.
   * `authorization` counts before `session`.
   *
   * @param welcome `members`: whoever has a role in the workspace. `anyone`: at the root, whoever has an account; without
   *   a role in `default` the caller may do nothing and reads nothing. In a workspace that was named: members. A token
   *   for one workspace is welcome in that one only.
   * @throws UNAUTHENTICATED where there is no credential, or one that is unknown, expired, revoked, of a disabled
   *   account, or not readable. One sentence for all of them, but for an expired tracking credential, whose sentence
   *   says how to get a new one
   * @throws PERMISSION_DENIED for a token that lives longer than the workspace allows, with how long it does
   * @throws RESOURCE_DOES_NOT_EXIST "No workspace is named '<name>'." where there is none, and where a member is asked
   *   for: the same sentence, after the same questions. Where none was named: the names of those that are theirs
   * @throws REQUEST_LIMIT_EXCEEDED after too many wrong passwords for a name from an address
   */
  findCaller(asking: Asking, welcome: 'members' | 'anyone'): Caller | Promise<Caller>

  /**
   * Asks what other servers have changed and forgets it here. Runs every `LIMITS.followEveryMs` where others may write;
   * while it fails for longer than `LIMITS.believedMs` nothing that is remembered is believed.
   */
  follow(): Promise<void>

  /** Writes when tokens and accounts were last used, and drops what has ended. For a loop; restartable slices. */
  tidy(): Promise<void>
}

export interface Passwords {
  /**
   * Sets a password and ends every session of the account but the caller's own; tokens stay. Oneself with the present
   * password, an administrator without. MLflow's sentences: "Current password is required when changing your own
   * password.", "Current password does not match.", "New password must differ from the current password.", "Password must
   * be at least 12 characters."
   */
  set(
    caller: Caller,
    input: { readonly name: string; readonly password: string; readonly current?: string | undefined },
  ): Promise<void>
}

export interface Tokens {
  /**
   * Makes a token in the caller's workspace, shown once. `personal`: of the caller, who signed in otherwise than by a
   * tracking or run token. `service`: of a service account of the workspace, needs `workspace.manage`.
   *
   * A workspace that allows shorter lives only refuses a token when it is used, whenever and wherever it was made; of one
   * for all workspaces it is told at once which do (`tooLongFor`).
   *
   * @param input.lifeMs left out: `LIMITS.tokenLifeMs`, or the workspace's limit where that is shorter
   * @throws INVALID_PARAMETER_VALUE where `lifeMs` is longer than the one workspace that it is for allows
   * @throws RESOURCE_DOES_NOT_EXIST where the caller has neither role nor grant in the workspace
   * @throws QUOTA_EXCEEDED for more tokens than the workspace may have
   * @throws REQUEST_LIMIT_EXCEEDED after `LIMITS.tokensAnHour`
   */
  create(
    caller: Caller,
    input: {
      readonly kind: Extract<TokenKind, 'personal' | 'service'>
      readonly name: string
      readonly serviceAccount?: string | undefined
      readonly lifeMs?: number | undefined
      readonly allWorkspaces?: boolean | undefined
      readonly readOnly?: boolean | undefined
    },
  ): Promise<NewToken>

  /**
   * A tracking credential for the caller's workspace, at most 3,600 s. Counts against no quota; those that can do
   * nothing more are taken away. Expired or not, it cannot make another token.
   */
  createTracking(caller: Caller, input: { readonly lifeMs?: number | undefined }): Promise<NewToken>

  /**
   * A token for the run of a job, in the name of the caller and confined to the run and what it creates below it. For
   * `jobs`, in its own transaction; no route.
   */
  createForRun(caller: Caller, input: { readonly runKey: number; readonly runId: string }): Promise<NewToken>

  /**
   * A run's token asks for its successor; the old one lives until its own expiry. @throws UNAUTHENTICATED when the run
   * is no longer running
   */
  renew(caller: Caller): Promise<NewToken>

  /** One's own; with `workspace.manage` those of the workspace. Never tracking credentials that have ended. */
  list(caller: Caller, input: { readonly whose: 'own' | 'workspace' }): Promise<readonly TokenDetails[]>

  /** At once. One's own; with `workspace.manage` any of the workspace. */
  revoke(caller: Caller, input: { readonly id: string }): Promise<void>
}

export interface Sessions {
  /**
   * Signs a browser in with a password. One sentence and one duration for an unknown name, a wrong password, a disabled
   * account and one without password.
   *
   * @throws UNAUTHENTICATED, REQUEST_LIMIT_EXCEEDED
   */
  signIn(
    asking: Pick<Asking, 'requestId' | 'address'>,
    input: { readonly name: string; readonly password: string; readonly browser: string },
  ): Promise<NewSession>

  /** Of the caller, newest first. */
  list(caller: Caller): Promise<readonly SessionDetails[]>

  /** Ends one of the caller's sessions; `all`: every one, and every token but service accounts'. */
  end(caller: Caller, input: { readonly id: string } | { readonly all: true }): Promise<void>
}

export interface Setup {
  /**
   * A link by which whoever holds it becomes the first administrator, an owner of `default`; undefined once there is
   * one. Each start makes a new link and ends the old one.
   *
   * @returns the secret part, 43 base64url characters
   */
  begin(): Promise<string | undefined>

  /** Whether a link still leads anywhere: without one the page behind it does not exist either. */
  isOpen(input: { readonly link: string }): Promise<boolean>

  /**
   * Makes the first administrator. Of two at once one wins; afterwards the route does not exist.
   *
   * @throws ENDPOINT_NOT_FOUND for a wrong or ended link, and once there is an administrator
   */
  complete(
    asking: Pick<Asking, 'requestId' | 'address'>,
    input: {
      readonly link: string
      readonly name: string
      readonly password: string
      readonly browser: string
    },
  ): Promise<NewSession>
}

/**
 * New passwords for accounts that have lost theirs, by whoever has the machine that the server runs on: they need no
 * permission, because they could change the database itself. No route leads to the first two.
 */
export interface Resets {
  /**
   * A link by which whoever holds it sets a new password of the account, within `LIMITS.setupLinkMs` and once. An older one
   * ends.
   *
   * @param input.revoke ends sessions and tokens of the account at once
   * @returns the secret part, 43 base64url characters, and the name as it is written
   * @throws RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE for what is no user, INVALID_STATE for a disabled account
   */
  begin(
    caller: Caller,
    input: { readonly name: string; readonly revoke: boolean },
  ): Promise<{ readonly link: string; readonly name: string }>

  /** Sets it at once. Sessions end; tokens with `revoke`. @throws as `begin`, and for a password that nobody may have */
  set(
    caller: Caller,
    input: { readonly name: string; readonly password: string; readonly revoke: boolean },
  ): Promise<{ readonly name: string }>

  /** Whose password a link sets; undefined where it leads nowhere. */
  find(input: { readonly link: string }): Promise<{ readonly name: string } | undefined>

  /** Sets it, ends every session of the account and signs the browser in. @throws ENDPOINT_NOT_FOUND for a wrong or ended link */
  complete(
    asking: Pick<Asking, 'requestId' | 'address'>,
    input: { readonly link: string; readonly password: string; readonly browser: string },
  ): Promise<NewSession>
}

/** What a provider said of whoever signed on, after signature, issuer, audience, nonce and times were checked. */
export interface Claims {
  readonly issuer: string
  readonly subject: string
  /** Empty unless the provider says that it is verified. */
  readonly email: string
  readonly name: string
  readonly groups: readonly string[]
}

/** The domain's half of OpenID Connect; the talk with the provider is `apps/server`'s. */
export interface SignOn {
  /** Remembers a sign-on under way, for `LIMITS.signOnMs`. Secrets are told in clear and kept as hashes. */
  begin(input: {
    readonly state: string
    readonly browser: string
    readonly nonce: string
    readonly codeVerifier: string
    readonly next: string
  }): Promise<void>

  /**
   * Takes a sign-on away: the same state never works again, whatever comes of it.
   *
   * @throws UNAUTHENTICATED for an unknown or ended state and for another browser than the one that began
   */
  take(input: { readonly state: string; readonly browser: string }): Promise<{
    readonly nonce: string
    readonly codeVerifier: string
    readonly next: string
  }>

  /**
   * Finds or makes the account of an identity, brings its groups of this issuer up to date and signs it in. An account
   * that has the same name or address of mail is never taken over: only an administrator links one (`linkIdentity`).
   *
   * @param input.mayCreate whether an unknown identity becomes an account
   * @throws UNAUTHENTICATED for an unknown identity that may not be made, and for a disabled account
   */
  finish(
    asking: Pick<Asking, 'requestId' | 'address'>,
    input: Claims & { readonly browser: string; readonly mayCreate: boolean },
  ): Promise<NewSession>

  /** Which claims put whom into which groups. Needs `server.manage`, as do the next two. */
  mappings(caller: Caller): Promise<
    readonly {
      readonly key: number
      readonly issuer: string
      readonly claim: string
      readonly group: string
    }[]
  >

  addMapping(
    caller: Caller,
    input: { readonly issuer: string; readonly claim: string; readonly group: string },
  ): Promise<void>

  removeMapping(caller: Caller, input: { readonly key: number }): Promise<void>

  /** By which identities of providers a user signs on. Needs `server.manage`, as do the next two. */
  identities(
    caller: Caller,
    input: { readonly name: string },
  ): Promise<
    readonly {
      readonly issuer: string
      readonly subject: string
      readonly email: string
      /** Milliseconds since the epoch. */
      readonly linkedAt: number
      readonly lastSignOnAt: number
    }[]
  >

  /**
   * Lets an identity sign on to an account that there is, such as one with a password. The only way: neither a name nor an
   * address of mail does. One that it has already is fine.
   *
   * @throws RESOURCE_ALREADY_EXISTS where it is another account's
   */
  linkIdentity(
    caller: Caller,
    input: { readonly name: string; readonly issuer: string; readonly subject: string },
  ): Promise<void>

  /** Sessions of the account end. @throws INVALID_STATE where it is all by which the last administrator or owner comes in */
  unlinkIdentity(
    caller: Caller,
    input: { readonly name: string; readonly issuer: string; readonly subject: string },
  ): Promise<void>
}
