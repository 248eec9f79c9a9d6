import type { Credential, Principal } from '@orrery/base/kernel'
import type { TokenKind } from '../token.ts'

/** Whose credential it is and what it is good for: what is remembered of it. */
export interface Recognised {
  readonly principal: Principal & { readonly key: number }
  readonly credential: Credential
  /** From then on it is recognised anew, or not at all. Milliseconds since the epoch. */
  readonly until: number
  /** Of a token. */
  readonly token?: TokenFacts
  /** When it was used last, as far as this server knows. Only sessions end by it. */
  seenAt: number
  /** When that was last put down to be written. */
  notedAt: number
}

export interface TokenFacts {
  readonly key: number
  readonly kind: TokenKind
  readonly workspaceKey: number
  /** Until then it does what its account may do. */
  readonly expiresAt: number
  /** The whole life that it was given, which workspaces limit; undefined for those of an hour and of runs. */
  readonly lifeMs: number | undefined
  readonly runKey: number | null
  readonly runId: string | null
}
