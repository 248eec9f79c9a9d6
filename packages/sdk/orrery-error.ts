import type { ProblemCode } from '@orrery/base/kernel'

/**
 * What only a client can see. `UNREACHABLE`: no answer, not all of it, or only a proxy's. `TIMED_OUT`: none in time. `NOT_ORRERY`: an
 * answer that no Orrery gives. `VERSION_MISMATCH`: the server does not know a call or field that this client knows.
 */
export type LocalCode = 'UNREACHABLE' | 'TIMED_OUT' | 'NOT_ORRERY' | 'VERSION_MISMATCH'

/** The one error of the client. An aborted call throws the reason of its signal instead. */
export class OrreryError extends Error {
  /** MLflow's code as the server sent it, or one of the client's own. A newer server may send others. */
  readonly code: ProblemCode | LocalCode | (string & Record<never, never>)
  /** 0 where there was no answer. */
  readonly status: number
  /** The same id stands in the server's log; undefined where there was no answer. */
  readonly requestId: string | undefined
  /** The next step where the client knows one; the server's own is part of the message. */
  readonly hint: string | undefined
  /** Name of the row, e.g. `runs.search`. */
  readonly call: string
  /** Seconds after which a repeat makes sense, if the server said so. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: OrreryError['code'], message: string, more: OrreryErrorFacts) {
    super(message, { cause: more.cause })
    this.name = 'OrreryError'
    this.code = code
    this.call = more.call
    this.status = more.status ?? 0
    this.requestId = more.requestId
    this.hint = more.hint
    this.retryAfterSeconds = more.retryAfterSeconds
  }
}

/** What an error says besides its code and sentence. */
export interface OrreryErrorFacts {
  readonly call: string
  readonly status?: number | undefined
  readonly requestId?: string | undefined
  readonly hint?: string | undefined
  readonly retryAfterSeconds?: number | undefined
  readonly cause?: unknown
}

/** A field that the client itself refuses, before anything is sent. */
export function refused(call: string, message: string): OrreryError {
  return new OrreryError('INVALID_PARAMETER_VALUE', message, { call })
}
