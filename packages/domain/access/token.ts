/**
 * `personal` of a user, `service` of a service account: both with an expiry of their own. `tracking`: what
 * `get_mlflow_tracking_uri()` hands out, at most an hour. `run`: of the run of a job, renews itself.
 */
export type TokenKind = 'personal' | 'service' | 'tracking' | 'run'

/** What a token begins with, so that scanners for leaked secrets know it. 43 base64url characters follow. */
export const TOKEN_PREFIXES = {
  personal: 'orrery_pat_',
  service: 'orrery_svc_',
  tracking: 'orrery_trk_',
  run: 'orrery_run_',
} as const satisfies Record<TokenKind, string>

/**
 * The whole life of a token, in milliseconds, where a workspace limits it: of those that people give an expiry. Undefined
 * for those of an hour and of runs.
 */
export function limitedLife(token: {
  readonly kind: TokenKind
  readonly createdAt: number
  readonly expiresAt: number
}): number | undefined {
  const isGiven = token.kind === 'personal' || token.kind === 'service'
  return isGiven ? token.expiresAt - token.createdAt : undefined
}

/** A token as its owner sees it afterwards; the token itself is shown once. */
export interface TokenDetails {
  /** 32 hex digits. */
  readonly id: string
  readonly kind: TokenKind
  readonly name: string
  readonly principal: string
  readonly workspace: string
  readonly allWorkspaces: boolean
  /** It may do nothing that a reader may not. */
  readonly readOnly: boolean
  /** Prefix and four more characters. */
  readonly shown: string
  /** Of a `run` token. */
  readonly runId: string | null
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly createdBy: string
  readonly expiresAt: number
  /** To the minute; null: never. */
  readonly lastUsedAt: number | null
  readonly lastUsedFrom: string | null
}

/** What creating one answers, once. */
export interface NewToken extends TokenDetails {
  readonly token: string
  /** The workspaces of its owner that refuse it, because they allow shorter lives only. Left out: none. */
  readonly tooLongFor?: readonly string[]
}
