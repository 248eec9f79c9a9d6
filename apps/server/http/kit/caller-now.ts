import type { AnyDeclaration } from '@orrery/base/contract'
import type { Caller } from '@orrery/base/kernel'
import type { Asking, FindCaller } from './asking.ts'
import { findCallerOf, mustPass } from './gate.ts'

/**
 * Asks anew who asked, by the credential that they came with, and whether the route is still theirs: for answers that
 * go on for hours. Rejects as the gate does.
 */
export function makeCallerNow(
  declaration: AnyDeclaration,
  findCaller: FindCaller,
  asking: Asking,
): () => Promise<Caller> {
  return async function callerNow() {
    const caller = await findCallerOf(declaration, findCaller, asking)
    mustPass(declaration, caller)
    return caller
  }
}
