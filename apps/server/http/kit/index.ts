export type { Asking, FindCaller } from './asking.ts'
export {
  type Bindings,
  type BoundRoute,
  bind,
  type Given,
  originOf,
  type RawAnswer,
  type RawRequest,
  type ReachedAs,
} from './bind.ts'
export { makeFindAccount } from './find-account.ts'
export { freeBlock } from './free-block.ts'
export { jsonAnswer } from './json-answer.ts'
export { makeHttp } from './make-http.ts'
export { noSuchRoute } from './no-such-route.ts'
export { makeOrigins, type Origins } from './origins.ts'
export { makePublicAddress, type PublicAddress } from './public-address.ts'
export {
  type CookiePlace,
  readCookie,
  sessionCookieName,
  setCookie,
  setSessionCookie,
} from './session-cookie.ts'
export { makeSlowBodies } from './slow-bodies.ts'
