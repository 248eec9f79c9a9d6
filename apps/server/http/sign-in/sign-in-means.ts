import type { Clock } from '@orrery/base/kernel'
import type { makeCredentials } from '@orrery/domain/access'
import { type CookiePlace, type RawAnswer, type RawRequest, setSessionCookie } from '../kit/index.ts'
import type { Provider } from '../sign-on/provider.ts'
import { dropFormToken } from './form-token.ts'

type Credentials = ReturnType<typeof makeCredentials>

/** What the pages of the sign-in are bound to. */
export interface SignInMeans {
  /** Whether everybody is asked who they are; where not, there are no such pages. */
  readonly asked: boolean
  /** `''` or `/x`: where a proxy has put the server. */
  readonly basePath: string
  readonly clock: Clock
  readonly authentication: Pick<Credentials['authentication'], 'findCaller'>
  readonly sessions: Pick<Credentials['sessions'], 'signIn' | 'list' | 'end'>
  readonly setup: Pick<Credentials['setup'], 'isOpen' | 'complete'>
  readonly resets: Pick<Credentials['resets'], 'find' | 'complete'>
  /** Left out where there is no provider of single sign-on. */
  readonly signOn?: SignOnMeans | undefined
}

export interface SignOnMeans {
  readonly verbs: Pick<Credentials['signOn'], 'begin' | 'take' | 'finish'>
  readonly provider: Provider
  /** Whether whoever is unknown gets an account. */
  readonly mayCreate: boolean
}

export function placeOf(
  { origin }: RawRequest<unknown>,
  { basePath }: Pick<SignInMeans, 'basePath'>,
): CookiePlace {
  return { isSecure: origin.startsWith('https:'), basePath }
}

export function browserOf({ headers }: RawRequest<unknown>): string {
  return headers['user-agent'] ?? ''
}

/** Sends a browser to another page, which it fetches with GET. @param path of this server */
export function goTo(path: string, cookies: readonly string[]): RawAnswer {
  return { status: 303, headers: { location: path, 'cache-control': 'no-store' }, cookies }
}

/** Signs the browser in: always with a new secret, whatever it came with. */
export function signedIn(
  { secret, endsAt }: { readonly secret: string; readonly endsAt: number },
  next: string,
  place: CookiePlace,
  clock: Clock,
): RawAnswer {
  const cookie = setSessionCookie(secret, place, (endsAt - clock()) / 1000)
  return goTo(next, [cookie, dropFormToken(place)])
}
