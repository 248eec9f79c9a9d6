export type SessionMethod = 'password' | 'sign-on' | 'setup-link' | 'reset-link'

/** A browser that is signed in, as its owner sees it. */
export interface SessionDetails {
  /** 32 hex digits; not what the cookie holds. */
  readonly id: string
  readonly method: SessionMethod
  readonly address: string
  /** `User-Agent`, cut to 200 characters. */
  readonly browser: string
  readonly createdAt: number
  /** To the minute. */
  readonly seenAt: number
  readonly endsAt: number
  /** The one that asks. */
  readonly isThis: boolean
}

/** What signing in answers: the cookie's value goes to the browser and is kept nowhere. */
export interface NewSession {
  /** 43 base64url characters; the table has their SHA-256. */
  readonly secret: string
  readonly endsAt: number
}
