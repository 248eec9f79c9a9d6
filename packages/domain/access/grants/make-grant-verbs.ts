import type { Grants } from '../access.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { makeGiveGrant } from './give-grant.ts'
import { makeGrantsEverywhere, makeGrantsOf, makeGrantsOn } from './list-grants.ts'
import { makeTakeGrant } from './take-grant.ts'
import { makeTellLevel } from './tell-level.ts'

/** The verbs of single rights of accounts and groups. */
export function makeGrantVerbs(deps: AccessVerbDeps): Grants {
  return {
    of: makeGrantsOf(deps),
    everywhere: makeGrantsEverywhere(deps),
    on: makeGrantsOn(deps),
    give: makeGiveGrant(deps),
    take: makeTakeGrant(deps),
    level: makeTellLevel(deps),
  }
}
