import type { AnyDeclaration } from '@orrery/base/contract'
import { type Caller, must, mustReach, SOMEWHERE } from '@orrery/base/kernel'
import { type Asking, type FindCaller, stranger } from './asking.ts'

/** Who asks for a route. Answers at once, and not by a promise, where `findCaller` does. */
export function findCallerOf(
  { needs }: AnyDeclaration,
  findCaller: FindCaller,
  asking: Asking,
): Caller | Promise<Caller> {
  if (needs === 'public') return stranger(asking)
  return findCaller(asking, needs === 'signed-in' ? 'anyone' : 'members')
}

/**
 * Refuses whom a route is not for, by its declaration; what it is about the verb asks itself.
 *
 * @throws PERMISSION_DENIED, INVALID_STATE as `must`
 * @throws UNAUTHENTICATED for a confined credential, where the route concerns no run
 */
export function mustPass({ needs, orNeeds, ofRun }: AnyDeclaration, caller: Caller): void {
  if (needs === 'public') return
  const isLetPass = needs === 'signed-in' || (orNeeds !== undefined && caller.may(orNeeds, SOMEWHERE))
  if (!isLetPass) must(caller, needs, SOMEWHERE)
  if (ofRun !== true) mustReach(caller, undefined)
}
