import { Problem } from '@orrery/base/kernel'

/** The name that the operating system gives to a failure: `ENOENT`, `ENOSPC`, … */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

const GONE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ENAMETOOLONG'])

/** There is nothing to be found under that name: nothing at all, a file half way, a link, a socket. */
export const isGone = (error: unknown) => GONE.has(codeOf(error) ?? '')

/** What the caller hears of a failed write; whatever is not foreseen here stays a fault of the server. */
export function writeFault(error: unknown, key: string): unknown {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new Problem(
        'RESOURCE_EXHAUSTED',
        'The disk that keeps the artifacts is full; nothing was stored.',
        {
          cause: error,
        },
      )
    case 'EMFILE':
    case 'ENFILE':
      return new Problem('TEMPORARILY_UNAVAILABLE', 'Too many files are open at once.', {
        cause: error,
        retryAfterSeconds: 1,
      })
    case 'EISDIR':
    case 'ENOTDIR':
    case 'EEXIST':
    case 'ENOTEMPTY':
    case 'ELOOP':
      return clash(key, error)
    default:
      return error
  }
}

export function clash(key: string, cause?: unknown): Problem {
  const name = key.slice(key.indexOf('/') + 1)
  return new Problem(
    'RESOURCE_CONFLICT',
    `'${name}' cannot be stored: a file and a folder would have the same name.`,
    { cause, hint: 'Choose another name, or delete what is there.' },
  )
}
