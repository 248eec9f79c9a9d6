import type { Grants } from '../access.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { levelOf } from '../decisions/level-of.ts'
import { loadRights } from '../decisions/load-rights.ts'
import { findAbout } from '../principals/about-principal.ts'
import { findTarget } from './grant-rows.ts'

/** What an account may do with a thing in the end; see `Grants.level`. */
export function makeTellLevel(deps: AccessVerbDeps): Grants['level'] {
  const { db, things } = deps
  return async function level(caller, { principal, kind, pattern }) {
    const found = await findAbout(deps, caller, principal)
    const workspace = caller.workspace.key
    return db.scan(async (reads) => {
      const target = await findTarget(reads, things, workspace, kind, pattern)
      if (target === undefined) return 'NO_PERMISSIONS'
      return levelOf(await loadRights(reads, found.key, workspace), kind, target)
    })
  }
}
