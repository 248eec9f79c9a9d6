import { Problem } from '@orrery/base/kernel'

/** What the two engines answer alike. */

export function diskFull(cause: unknown): Problem {
  return new Problem('RESOURCE_EXHAUSTED', 'The disk is full; nothing was written.', {
    cause,
    hint: 'Free some space where the data are; writing resumes by itself.',
  })
}

export function unavailable(cause: unknown): Problem {
  return new Problem('TEMPORARILY_UNAVAILABLE', 'The database does not answer; nothing was written.', {
    cause,
    retryAfterSeconds: 1,
  })
}

/** The answer to a COMMIT was lost: the write is there as a whole or not at all, and nobody can say which. */
export function outcomeUnknown(cause: unknown): Problem {
  return new Problem(
    'TEMPORARILY_UNAVAILABLE',
    'The connection to the database broke during the commit: the write may or may not have been kept.',
    { cause, retryAfterSeconds: 1 },
  )
}

export function tooManyWaiting(): Problem {
  return new Problem('REQUEST_LIMIT_EXCEEDED', 'Too many requests are waiting for the database.', {
    retryAfterSeconds: 1,
  })
}

export function closed(): Problem {
  return new Problem('TEMPORARILY_UNAVAILABLE', 'The database is closed.', { retryAfterSeconds: 1 })
}

export function tooSlow(deadlineMs: number): Problem {
  return new Problem('DEADLINE_EXCEEDED', `The question was not answered within ${deadlineMs / 1000} s.`, {
    hint: 'Narrow it down, for example by experiment or by start time.',
  })
}
