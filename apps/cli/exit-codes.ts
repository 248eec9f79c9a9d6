/** What the process ends with. The page of the reference is printed from this table. */
export const EXIT_CODES = {
  OK: { code: 0, means: 'It was done.' },
  FAULT: { code: 1, means: 'A fault of the program or of the server; the message has the request id.' },
  USAGE: { code: 2, means: 'What was typed, or a file that it names, cannot be used.' },
  SIGNED_OUT: { code: 3, means: 'There is no credential, or it is wrong or has expired.' },
  DENIED: { code: 4, means: 'The account may not do this, or its quota is used up.' },
  NOT_FOUND: { code: 5, means: 'Nothing of that name or id in this workspace, or no such workspace.' },
  STATE: {
    code: 6,
    means: 'It is there already, changed in between, or is in a state that does not allow this.',
  },
  UNREACHABLE: { code: 7, means: 'The server does not answer, or has too much to do; repeating may help.' },
  VERSION: { code: 8, means: 'Client and server do not understand each other.' },
  NO_TERMINAL: {
    code: 9,
    means: 'A question could not be asked; the message names the flag that answers it.',
  },
  FAILED: {
    code: 10,
    means: 'What was asked about failed: a run that was waited for, a check that did not pass.',
  },
  DECLINED: { code: 11, means: 'The question was not answered with yes; nothing was done.' },
  INTERRUPTED: { code: 130, means: 'Ctrl-C, or ended by SIGTERM or SIGHUP; no half-written file is left.' },
} as const satisfies Record<string, { code: number; means: string }>

export type ExitName = keyof typeof EXIT_CODES

/** A command cannot go on. One sentence, and the next step. */
export class CliError extends Error {
  readonly exit: ExitName
  readonly hint: string | undefined

  constructor(exit: ExitName, message: string, hint?: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'CliError'
    this.exit = exit
    this.hint = hint
  }
}

/** What was asked about failed; what came of it is printed all the same. */
export class Failed extends CliError {
  readonly result: unknown

  constructor(message: string, result: unknown) {
    super('FAILED', message)
    this.result = result
  }
}

const BY_CODE: Readonly<Record<string, ExitName>> = {
  UNAUTHENTICATED: 'SIGNED_OUT',
  PERMISSION_DENIED: 'DENIED',
  QUOTA_EXCEEDED: 'DENIED',
  RESOURCE_DOES_NOT_EXIST: 'NOT_FOUND',
  RESOURCE_ALREADY_EXISTS: 'STATE',
  RESOURCE_CONFLICT: 'STATE',
  INVALID_STATE: 'STATE',
  INVALID_PARAMETER_VALUE: 'USAGE',
  BAD_REQUEST: 'USAGE',
  REQUEST_TOO_LARGE: 'USAGE',
  RANGE_NOT_SATISFIABLE: 'USAGE',
  DEADLINE_EXCEEDED: 'USAGE',
  UNREACHABLE: 'UNREACHABLE',
  TIMED_OUT: 'UNREACHABLE',
  REQUEST_LIMIT_EXCEEDED: 'UNREACHABLE',
  TEMPORARILY_UNAVAILABLE: 'UNREACHABLE',
  VERSION_MISMATCH: 'VERSION',
  METHOD_NOT_ALLOWED: 'VERSION',
  NOT_IMPLEMENTED: 'VERSION',
  NOT_ORRERY: 'VERSION',
}

/** @param code of an `OrreryError` */
export const exitOf = (code: string): ExitName => (Object.hasOwn(BY_CODE, code) ? BY_CODE[code]! : 'FAULT')
