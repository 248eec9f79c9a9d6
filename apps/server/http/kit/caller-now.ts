import type { AnyDeclaration } from '@orrery/base/contract'
import { type Caller, must, mustReach, SOMEWHERE } from '@orrery/base/kernel'
import { type Asking, type FindCaller, stranger } from './asking.ts'

/**
 * Asks anew who asked, by the credential that they came with, and whether the route is still theirs: for answers that
 * go on for hours. Rejects as the gate does.
 */
export function makeCallerNow(
  { needs, ofRun }: AnyDeclaration,
  findCaller: FindCaller,
  asking: Asking,
): () => Promise<Caller> {
  return async function callerNow() {
    if (needs === 'public') return stranger(asking)
    const caller = await findCaller(asking, needs === 'signed-in' ? 'anyone' : 'members')
    if (needs !== 'signed-in') must(caller, needs, SOMEWHERE)
    if (ofRun !== true) mustReach(caller, undefined)
    return caller
  }
}
