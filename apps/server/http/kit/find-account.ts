import type { Authentication } from '@orrery/domain/access'
import type { FindCaller } from './asking.ts'
import { sessionOf } from './session-of.ts'

/** Asks the accounts who asks: by the `Authorization` header, or by the session of a browser. */
export function makeFindAccount({ findCaller }: Pick<Authentication, 'findCaller'>): FindCaller {
  return function findAccount(asking, welcome) {
    const { workspace, requestId, address, reason, headers } = asking
    const { authorization } = headers
    const session = authorization === undefined ? sessionOf(asking) : undefined
    return findCaller({ workspace, requestId, address, reason, authorization, session }, welcome)
  }
}
