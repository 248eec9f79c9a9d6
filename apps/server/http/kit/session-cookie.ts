/**
 * Name of the cookie that holds a session's secret. With `__Host-` the browser takes it over HTTPS from this host alone,
 * so that neither a neighbour's host nor a plain connection can put another in its place.
 */
export function sessionCookieName(isSecure: boolean): string {
  return isSecure ? '__Host-orrery' : 'orrery'
}

/** Where a cookie belongs. */
export interface CookiePlace {
  /** Whether the browser came by HTTPS. */
  readonly isSecure: boolean
  /** `''` or `/x`: where a proxy has put the server. */
  readonly basePath: string
}

/** The value of a cookie; undefined where it is missing, or there twice: then somebody else has set one of them. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined
  let found: string | undefined
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue
    const value = pair.slice(equals + 1).trim()
    if (found !== undefined && found !== value) return undefined
    found = value
  }
  return found
}

/**
 * A `Set-Cookie` that scripts cannot read and other sites' forms do not send.
 *
 * @param maxAgeSeconds 0 takes the cookie away
 */
export function setCookie(
  name: string,
  value: string,
  { isSecure, basePath }: CookiePlace,
  maxAgeSeconds: number,
): string {
  const path = basePath === '' || name.startsWith('__Host-') ? '/' : basePath
  const secure = isSecure ? '; Secure' : ''
  return `${name}=${value}; Path=${path}; Max-Age=${Math.floor(maxAgeSeconds)}; HttpOnly; SameSite=Lax${secure}`
}

/** @param maxAgeSeconds until the session ends; 0 takes the cookie away */
export function setSessionCookie(secret: string, place: CookiePlace, maxAgeSeconds: number): string {
  return setCookie(sessionCookieName(place.isSecure), secret, place, maxAgeSeconds)
}
