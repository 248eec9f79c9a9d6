/**
 * Every code a caller can receive, with its HTTP status. `docs/errors.md` is printed from this table and a
 * test compares the two.
 *
 * Codes are MLflow's. Statuses are MLflow's too, with one rule on top: what a caller did wrong is never a 5xx,
 * because the MLflow client repeats 408, 429, 500, 502, 503 and 504 for minutes. MLflow answers INVALID_STATE
 * with 500; here it is a 400 with the same `error_code`, which the client reads just as well.
 */
export const PROBLEMS = {
  BAD_REQUEST: { status: 400, means: 'The request could not be read.' },
  INVALID_PARAMETER_VALUE: {
    status: 400,
    means: 'A field is missing, of the wrong type or outside what is allowed.',
  },
  RESOURCE_ALREADY_EXISTS: {
    status: 400,
    means: 'The name is taken; the client treats this as "already there".',
  },
  INVALID_STATE: { status: 400, means: 'The thing is not in a state that allows this.' },
  UNAUTHENTICATED: { status: 401, means: 'No valid credential came with the request.' },
  PERMISSION_DENIED: { status: 403, means: 'The caller is known and may not do this.' },
  QUOTA_EXCEEDED: { status: 403, means: 'The workspace has used up what it may have of this.' },
  RESOURCE_DOES_NOT_EXIST: { status: 404, means: 'Nothing of that id or name in this workspace.' },
  ENDPOINT_NOT_FOUND: { status: 404, means: 'No such route.' },
  METHOD_NOT_ALLOWED: { status: 405, means: 'The route exists, with another method; `Allow` names it.' },
  RESOURCE_CONFLICT: { status: 409, means: 'Somebody else changed it in between.' },
  REQUEST_TOO_LARGE: { status: 413, means: 'The body is larger than this route takes.' },
  RANGE_NOT_SATISFIABLE: { status: 416, means: 'The asked byte range lies outside the file.' },
  REQUEST_LIMIT_EXCEEDED: { status: 429, means: 'Too much is waiting; repeat after `Retry-After` seconds.' },
  NOT_IMPLEMENTED: { status: 501, means: 'A route of MLflow that this version does not serve yet.' },
  TEMPORARILY_UNAVAILABLE: {
    status: 503,
    means: 'The database does not answer; repeat after `Retry-After` seconds.',
  },
  DEADLINE_EXCEEDED: { status: 400, means: 'The question takes too long to answer; ask for less.' },
  RESOURCE_EXHAUSTED: { status: 507, means: 'The disk is full; nothing was written.' },
  INTERNAL_ERROR: { status: 500, means: 'A fault of the server; the log has the request id.' },
} as const satisfies Record<string, { status: number; means: string }>

export type ProblemCode = keyof typeof PROBLEMS

/** The one error that crosses to a caller. Say which field, what was given, what is allowed, the next step. */
export class Problem extends Error {
  readonly code: ProblemCode
  /** The next step, when there is one; appended to the message on the wire. */
  readonly hint: string | undefined
  /** Seconds after which a repeat makes sense; becomes the `Retry-After` header. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ProblemCode,
    message: string,
    more: { hint?: string; cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(message, { cause: more.cause })
    this.name = 'Problem'
    this.code = code
    this.hint = more.hint
    this.retryAfterSeconds = more.retryAfterSeconds
  }

  get status(): number {
    return PROBLEMS[this.code].status
  }

  /** What people read: the message, and the next step if there is one. */
  get told(): string {
    return this.hint === undefined ? this.message : `${this.message} ${this.hint}`
  }
}

/** The commonest problem: a field with a value that is not allowed. */
export function invalid(message: string, hint?: string): Problem {
  return new Problem('INVALID_PARAMETER_VALUE', message, hint === undefined ? {} : { hint })
}

/** Nothing of that id or name in the caller's workspace. */
export function missing(message: string): Problem {
  return new Problem('RESOURCE_DOES_NOT_EXIST', message)
}
