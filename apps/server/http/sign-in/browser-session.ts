import { type Caller, Problem } from '@orrery/base/kernel'
import { type RawRequest, readCookie, sessionCookieName } from '../kit/index.ts'
import { placeOf, type SignInMeans } from './sign-in-means.ts'

/** Whose session a browser has, whatever workspace it is in; undefined where it has none that still works. */
export async function findBrowserSession(
  stranger: Caller,
  request: RawRequest<unknown>,
  means: SignInMeans,
): Promise<Caller | undefined> {
  const name = sessionCookieName(placeOf(request, means).isSecure)
  const session = readCookie(request.headers.cookie, name)
  if (session === undefined) return undefined
  const { requestId, address } = stranger
  const asking = { workspace: undefined, authorization: undefined, reason: undefined }
  try {
    return await means.authentication.findCaller({ ...asking, requestId, address, session }, 'anyone')
  } catch (error) {
    if (error instanceof Problem && error.code === 'UNAUTHENTICATED') return undefined
    throw error
  }
}

/** Ends the session of a browser, if it has one. */
export async function endBrowserSession(
  stranger: Caller,
  request: RawRequest<unknown>,
  means: SignInMeans,
): Promise<void> {
  const caller = await findBrowserSession(stranger, request, means)
  if (caller === undefined) return
  const sessions = await means.sessions.list(caller)
  const own = sessions.find(({ isThis }) => isThis)
  if (own !== undefined) await endOnce(() => means.sessions.end(caller, { id: own.id }))
}

/** Two clicks on the same button are not a fault. */
async function endOnce(end: () => Promise<void>): Promise<void> {
  try {
    await end()
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'RESOURCE_DOES_NOT_EXIST')) throw error
  }
}
