import type { Grants } from '../access.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import type { Grant } from '../grant.ts'
import { findAbout } from '../principals/about-principal.ts'
import { findToSee } from '../roles/find-to-see.ts'
import { findToGrant } from './find-to-grant.ts'
import { asGrants, grantsInAll, grantsOfPrincipal, grantsOnAll, grantsOnThing } from './grant-rows.ts'

/** Lists the rights of an account or group in the caller's workspace; see `Grants.of`. */
export function makeGrantsOf(deps: AccessVerbDeps): Grants['of'] {
  const { db, things } = deps
  return async function grantsOf(caller, { principal }) {
    const found = await findAbout(deps, caller, principal)
    const workspace = caller.workspace.key
    return db.scan(async (reads) => {
      const rows = await reads.all(grantsOfPrincipal, { principal: found.key, workspace })
      return (await asGrants(reads, things, workspace, rows)).map(({ grant }) => grant)
    })
  }
}

/** Lists the rights of an account or group in all workspaces; see `Grants.everywhere`. */
export function makeGrantsEverywhere(deps: AccessVerbDeps): Grants['everywhere'] {
  const { db, things } = deps
  return async function grantsEverywhere(caller, { principal }) {
    const { found, workspaces } = await findToSee(deps, caller, principal)
    return db.scan(async (reads) => {
      const rows = await reads.all(grantsInAll, { principal: found.key })
      const seen = Map.groupBy(
        rows.filter(({ workspaceKey }) => workspaces?.has(workspaceKey) ?? true),
        ({ workspaceKey }) => workspaceKey,
      )
      const grants: (Grant & { readonly workspace: string })[] = []
      for (const [workspaceKey, some] of seen) {
        for (const { row, grant } of await asGrants(reads, things, workspaceKey, some)) {
          grants.push({ ...grant, workspace: row.workspace })
        }
      }
      return grants
    })
  }
}

/** Lists who may what on one thing; see `Grants.on`. */
export function makeGrantsOn({ db, things }: AccessVerbDeps): Grants['on'] {
  return async function grantsOn(caller, { kind, pattern }) {
    const workspace = caller.workspace.key
    const target = await findToGrant(db.read, things, caller, kind, pattern)
    return db.scan(async (reads) => {
      const rows =
        target === 0
          ? await reads.all(grantsOnAll, { workspace, kind })
          : await reads.all(grantsOnThing, { workspace, kind, target })
      return (await asGrants(reads, things, workspace, rows)).map(({ row, grant }) => ({
        ...grant,
        principal: row.name,
      }))
    })
  }
}
