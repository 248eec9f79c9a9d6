import { randomBytes, timingSafeEqual } from 'node:crypto'
import { type CookiePlace, type RawRequest, readCookie, setCookie } from '../kit/index.ts'

/*
 * A foreign page could send the form of the sign-in and so sign its victim in to an account of its own. Browsers say
 * where a form comes from (`Origin`, `Sec-Fetch-Site`), and the kit refuses those from elsewhere; for what says neither
 * the form holds what a cookie of the same browser holds, and no foreign page can read that.
 */

const LIFE_SECONDS = 86_400
const TOKEN = /^[\w-]{43}$/

export interface FormToken {
  /** For the hidden field. */
  readonly value: string
  /** Brings it to the browser. */
  readonly cookie: string
}

/** What the browser has already, so that two open pages both work, or a new one. */
export function formToken(headers: RawRequest<unknown>['headers'], place: CookiePlace): FormToken {
  const name = nameOf(place)
  const known = readCookie(headers.cookie, name)
  const value = known !== undefined && TOKEN.test(known) ? known : randomBytes(32).toString('base64url')
  return { value, cookie: setCookie(name, value, place, LIFE_SECONDS) }
}

/** Whether a form comes from a page that this browser was given. */
export function isOwnForm(
  headers: RawRequest<unknown>['headers'],
  place: CookiePlace,
  value: string,
): boolean {
  const known = readCookie(headers.cookie, nameOf(place))
  if (known === undefined || !TOKEN.test(known) || !TOKEN.test(value)) return false
  return timingSafeEqual(Buffer.from(known), Buffer.from(value))
}

/** Takes it away: who has signed in begins with another. */
export function dropFormToken(place: CookiePlace): string {
  return setCookie(nameOf(place), '', place, 0)
}

const nameOf = ({ isSecure }: CookiePlace) => (isSecure ? '__Host-orrery-form' : 'orrery-form')
