import { Problem } from '@orrery/base/kernel'
import type { Asking } from './asking.ts'
import { readCookie, sessionCookieName } from './session-cookie.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD'])

/**
 * The secret of the session with which a request came, where it counts. A browser sends a cookie along whoever made it
 * ask, so a session counts for this server's own pages and those of `--cors-allowed-origins`; Host and Origin have been
 * judged before.
 *
 * Throws PERMISSION_DENIED for a change that only an own page may ask for and that does not look like one.
 */
export function sessionOf(asking: Asking): string | undefined {
  const { headers, isSecure } = asking
  // A header counts before it, and browsers send none by themselves.
  if (headers.cookie === undefined || headers.authorization !== undefined) return undefined
  const secret = readCookie(headers.cookie, sessionCookieName(isSecure))
  if (secret === undefined) return undefined
  if (SAFE_METHODS.has(asking.method)) return mayRead(asking) ? secret : undefined
  refuseForged(asking)
  return secret
}

/** Whoever follows a link to a page of this server is shown it; a foreign page reads nothing in their name. */
function mayRead({ headers, isListedOrigin }: Asking): boolean {
  const site = headers['sec-fetch-site']
  const isForeign = site === 'cross-site' || site === 'same-site'
  return !isForeign || isListedOrigin || headers['sec-fetch-mode'] === 'navigate'
}

function refuseForged({ headers, path, isListedOrigin }: Asking): void {
  if (headers.origin === undefined && headers['sec-fetch-site'] === undefined) {
    throw new Problem(
      'PERMISSION_DENIED',
      'A session counts only for changes of which the browser says that a page of this server asks for them.',
      { hint: 'Programs send an Authorization header instead of a cookie.' },
    )
  }
  // A form of a foreign page cannot send it.
  if (isListedOrigin || !isApi(path) || headers['x-requested-with'] !== undefined) return
  throw new Problem('PERMISSION_DENIED', 'A change in a session needs the header X-Requested-With.', {
    hint: 'Any value will do. Programs send an Authorization header instead of a cookie.',
  })
}

const isApi = (path: string) => path.startsWith('/api/') || path.startsWith('/ajax-api/')
