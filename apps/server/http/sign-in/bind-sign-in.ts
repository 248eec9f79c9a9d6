import { signInRoutes } from '@orrery/base/contract'
import { type Caller, Problem } from '@orrery/base/kernel'
import {
  type BoundRoute,
  bind,
  noSuchRoute,
  type RawAnswer,
  type RawRequest,
  setSessionCookie,
} from '../kit/index.ts'
import { endBrowserSession, findBrowserSession } from './browser-session.ts'
import { formToken, isOwnForm } from './form-token.ts'
import { nextPath } from './next-path.ts'
import { type Refusal, refusalOf, resetPage, setupPage, signedInPage, signInPage } from './pages.ts'
import { readForm } from './read-form.ts'
import { browserOf, goTo, placeOf, type SignInMeans, signedIn } from './sign-in-means.ts'

type Request = RawRequest<unknown>

/** The pages on which a browser is signed in and out, and the one on which a server gets its first administrator. */
export function bindSignIn(means: SignInMeans): BoundRoute[] {
  const { asked, basePath, clock, sessions, setup, resets } = means

  const gone = (method: string, path: string) => noSuchRoute(method, `${basePath}${path}`, basePath)

  function mustAsk(method: string, path: string): void {
    if (!asked) throw gone(method, path)
  }

  function showSignIn(request: Request, next: string, refusal?: Refusal): RawAnswer {
    const provider = means.signOn?.provider.name
    const { value, cookie } = formToken(request.headers, placeOf(request, means))
    return { ...signInPage({ basePath, token: value, next, provider }, refusal), cookies: [cookie] }
  }

  async function submitSignIn(caller: Caller, request: Request): Promise<RawAnswer> {
    const form = await readForm(request, signInRoutes.submit.bodyLimitBytes)
    const place = placeOf(request, means)
    const [name, password, next] = [form('name'), form('password'), nextPath(form('next'), basePath)]
    if (!isOwnForm(request.headers, place, form('token'))) {
      return showSignIn(request, next, { status: 403, says: FORM_ENDED, name })
    }
    try {
      const session = await sessions.signIn(caller, { name, password, browser: browserOf(request) })
      // Whoever was signed in here before is so no longer.
      await endBrowserSession(caller, request, means)
      return signedIn(session, next, place, clock)
    } catch (error) {
      return showSignIn(request, next, refusalOf(shownOnPage(error), name))
    }
  }

  async function completeSetup(caller: Caller, request: Request): Promise<RawAnswer> {
    const form = await readForm(request, signInRoutes.setup.bodyLimitBytes)
    const [link, name, password] = [form('link'), form('name'), form('password')]
    if (!(await setup.isOpen({ link }))) throw gone('POST', '/setup')
    try {
      if (password !== form('again')) throw new Problem('INVALID_PARAMETER_VALUE', NOT_THE_SAME)
      const browser = browserOf(request)
      const session = await setup.complete(caller, { link, name, password, browser })
      return signedIn(session, `${basePath}/`, placeOf(request, means), clock)
    } catch (error) {
      const problem = shownOnPage(error)
      if (problem.code === 'ENDPOINT_NOT_FOUND') throw gone('POST', '/setup')
      return setupPage({ basePath, link }, refusalOf(problem, name))
    }
  }

  async function completeReset(caller: Caller, request: Request): Promise<RawAnswer> {
    const form = await readForm(request, signInRoutes.reset.bodyLimitBytes)
    const [link, password] = [form('link'), form('password')]
    const whose = await resets.find({ link })
    if (whose === undefined) throw gone('POST', '/reset-password')
    try {
      if (password !== form('again')) throw new Problem('INVALID_PARAMETER_VALUE', NOT_THE_SAME)
      const session = await resets.complete(caller, { link, password, browser: browserOf(request) })
      return signedIn(session, `${basePath}/`, placeOf(request, means), clock)
    } catch (error) {
      const problem = shownOnPage(error)
      if (problem.code === 'ENDPOINT_NOT_FOUND') throw gone('POST', '/reset-password')
      return resetPage({ basePath, link, name: whose.name }, refusalOf(problem, whose.name))
    }
  }

  return bind(signInRoutes, {
    async page(caller, request) {
      mustAsk(request.method, '/sign-in')
      const next = nextPath(request.input.next, basePath)
      const known = await findBrowserSession(caller, request, means)
      if (known !== undefined) return signedInPage({ basePath, name: known.principal.name, next })
      return showSignIn(request, next)
    },
    async submit(caller, request) {
      mustAsk('POST', '/sign-in')
      return submitSignIn(caller, request)
    },
    async signOut(caller, request) {
      mustAsk('POST', '/sign-out')
      mustSayWhence(request)
      await endBrowserSession(caller, request, means)
      return goTo(`${basePath}/sign-in`, [setSessionCookie('', placeOf(request, means), 0)])
    },
    async setupPage(_, request) {
      const link = request.input.link ?? ''
      if (!asked || !(await setup.isOpen({ link }))) throw gone(request.method, '/setup')
      return setupPage({ basePath, link })
    },
    async setup(caller, request) {
      mustAsk('POST', '/setup')
      return completeSetup(caller, request)
    },
    async resetPage(_, request) {
      const link = request.input.link ?? ''
      const whose = asked ? await resets.find({ link }) : undefined
      if (whose === undefined) throw gone(request.method, '/reset-password')
      return resetPage({ basePath, link, name: whose.name })
    },
    async reset(caller, request) {
      mustAsk('POST', '/reset-password')
      return completeReset(caller, request)
    },
  })
}

const FORM_ENDED = 'This form has ended, or this browser keeps no cookies. Try again.'
const NOT_THE_SAME = 'The two passwords are not the same.'

/** What the caller did wrong is said on the page; what is not their doing goes the way of all failures. */
function shownOnPage(error: unknown): Problem {
  if (error instanceof Problem && error.status < 500) return error
  throw error
}

/** Origin and Sec-Fetch-Site were judged by the kit, where there are any; browsers of today send them with a form. */
function mustSayWhence({ headers }: Request): void {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return
  throw new Problem('PERMISSION_DENIED', 'Only a page of this server can sign a browser out.', {
    hint: 'Programs end a session with DELETE /api/orrery/v1/sessions/<id>.',
  })
}
