import { randomBytes } from 'node:crypto'
import { signOnRoutes } from '@orrery/base/contract'
import { type Caller, Problem } from '@orrery/base/kernel'
import {
  type BoundRoute,
  bind,
  type CookiePlace,
  noSuchRoute,
  type RawAnswer,
  type RawRequest,
  readCookie,
  setCookie,
} from '../kit/index.ts'
import { isOwnForm } from '../sign-in/form-token.ts'
import { nextPath } from '../sign-in/next-path.ts'
import { leavingPage, refusedPage } from '../sign-in/pages.ts'
import { readForm } from '../sign-in/read-form.ts'
import { browserOf, placeOf, type SignInMeans, type SignOnMeans, signedIn } from '../sign-in/sign-in-means.ts'
import { type FewFromOne, makeFewFromOne } from './few-from-one.ts'

/** How long a browser remembers that it has begun, in seconds; the table ends it no later. */
const LIFE_SECONDS = 600

/** The way to a provider of OpenID Connect and back. */
export function bindSignOn(means: SignInMeans): BoundRoute[] {
  const { asked, basePath, clock, signOn } = means
  // Each begins with a row and ends with a question to the provider, and nobody has shown yet who they are.
  const begun = makeFewFromOne({ clock, aMinute: A_MINUTE, what: 'sign-ons begun' })
  const ended = makeFewFromOne({ clock, aMinute: A_MINUTE, what: 'answers of the provider' })

  function mustBeThere(method: string, path: string): SignOnMeans {
    if (asked && signOn !== undefined) return signOn
    throw noSuchRoute(method, `${basePath}${path}`, basePath)
  }

  return bind(signOnRoutes, {
    async beginSignOn({ address }, request) {
      const { verbs, provider } = mustBeThere('POST', '/sign-on')
      const full = refusalOf(begun, address, basePath)
      if (full !== undefined) return full
      const form = await readForm(request, signOnRoutes.beginSignOn.bodyLimitBytes)
      const place = placeOf(request, means)
      if (!isOwnForm(request.headers, place, form('token'))) return refusedPage(403, FORM_ENDED, basePath)
      return orRefused(basePath, async () => {
        const { url, ...beginning } = await provider.begin(`${request.origin}${basePath}${CALLBACK}`)
        const browser = randomBytes(32).toString('base64url')
        await verbs.begin({ ...beginning, browser, next: nextPath(form('next'), basePath) })
        const cookie = setCookie(nameOf(place), browser, place, LIFE_SECONDS)
        return { ...leavingPage(url.href, provider.name), cookies: [cookie] }
      })
    },

    async finishSignOn(caller, request) {
      const means = mustBeThere(request.method, CALLBACK)
      const full = refusalOf(ended, caller.address, basePath)
      if (full !== undefined) return full
      const place = placeOf(request, { basePath })
      const answer = await orRefused(basePath, () => finish(caller, request, means, place))
      // Used up, whatever came of it.
      return { ...answer, cookies: [...(answer.cookies ?? []), setCookie(nameOf(place), '', place, 0)] }
    },
  })

  async function finish(
    caller: Caller,
    request: RawRequest<{ state?: string | undefined; error?: string | undefined }>,
    { verbs, provider, mayCreate }: SignOnMeans,
    place: CookiePlace,
  ): Promise<RawAnswer> {
    const { state, error } = request.input
    const browser = readCookie(request.headers.cookie, nameOf(place)) ?? ''
    const { next, ...begun } = await verbs.take({ state: state ?? '', browser })
    if (error !== undefined) throw notSignedOn(provider.name, error)
    // As the browser knows this address, whatever a proxy has made of it.
    const { search } = new URL(request.url, request.origin)
    const answer = new URL(`${request.origin}${basePath}${CALLBACK}${search}`)
    const claims = await provider.finish(answer, { ...begun, state: state ?? '' })
    const session = await verbs.finish(caller, { ...claims, browser: browserOf(request), mayCreate })
    return signedIn(session, next, place, clock)
  }
}

/** Of an office behind one address that comes to work. */
const A_MINUTE = 60

const CALLBACK = '/sign-on/callback'
const FORM_ENDED = 'This form has ended, or this browser keeps no cookies.'

function refusalOf(few: FewFromOne, address: string, basePath: string): RawAnswer | undefined {
  try {
    few.mustBeFew(address)
    return undefined
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const page = refusedPage(error.status, error.told, basePath)
    return { ...page, headers: { ...page.headers, 'retry-after': String(error.retryAfterSeconds) } }
  }
}

/** What was refused stands on a page, from which one can begin again. */
async function orRefused(basePath: string, act: () => Promise<RawAnswer>): Promise<RawAnswer> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Problem) || error.status === 500) throw error
    return refusedPage(error.status, error.told, basePath)
  }
}

/** @param error `access_denied` and the like; only such a word is repeated */
function notSignedOn(name: string, error: string): Problem {
  const said = /^\w{1,60}$/.test(error) ? ` It says '${error}'.` : ''
  return new Problem('UNAUTHENTICATED', `${name} did not sign you on.${said}`)
}

const nameOf = ({ isSecure }: CookiePlace) => (isSecure ? '__Host-orrery-sign-on' : 'orrery-sign-on')
