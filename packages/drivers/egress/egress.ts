/** One call to another machine. */
export interface EgressRequest {
  /** As `checkUrl` gave it. */
  readonly url: URL
  readonly method: 'GET' | 'POST' | 'OPTIONS'
  /** Names in lower case. `host`, `content-length`, `connection` and hop-by-hop ones are the driver's own. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Shortens the call, in ms; never beyond `LIMITS.totalMs`. */
  readonly totalMs?: number
  readonly signal?: AbortSignal
}

/** What came back, whatever its status: also a redirect, which is not followed. */
export interface EgressAnswer {
  readonly status: number
  /** Names in lower case; repeated ones joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** At most `LIMITS.answerBytes`. */
  readonly body: Uint8Array
  /** Whether the body was longer and has been cut. */
  readonly isCut: boolean
  readonly durationMs: number
}

/** Why a call had no answer. */
export type EgressFailure =
  /** The address is not public and not allowed, or the port or scheme is not. */
  | 'refused-address'
  /** The name has no address. */
  | 'unresolved'
  | 'unreachable'
  | 'tls'
  | 'timeout'
  /** Closed in the middle, or not HTTP. */
  | 'broken'
  | 'aborted'

/** A call without an answer. The message is a sentence for whoever made the subscription and holds no secret. */
export class EgressError extends Error {
  readonly failure: EgressFailure
  constructor(failure: EgressFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EgressError'
    this.failure = failure
  }
}

/** Calls of this server to others. One object for all that calls out. */
export interface Egress {
  /**
   * Reads an address that somebody gave, without asking DNS: scheme, user info, port, literal addresses in every
   * spelling that WHATWG's URL knows, names of this machine (`localhost`, `*.localhost`, `*.internal`, metadata hosts).
   *
   * @param field as it is called in the sentence
   * @throws INVALID_PARAMETER_VALUE with what was given, what is allowed and, for private addresses, `--egress-allow`
   */
  checkUrl(text: string, field: string): URL

  /**
   * Calls.
   *
   * @throws EgressError; never anything else
   */
  send(request: EgressRequest): Promise<EgressAnswer>

  /** As `fetch`, under the same rules and limits, for libraries that bring their own requests (OpenID Connect). */
  readonly fetch: typeof fetch

  /** Ends calls under way and closes idle sockets. */
  close(): Promise<void>
}

/** What an operator allows beyond public addresses. */
export interface Allowed {
  /** `hooks.example.org`, `*.example.org`, `10.1.0.0/16`, `[fd00::]/8`, `hooks.example.org:8443`. */
  readonly allow: readonly string[]
}
