import { invalid, PERMISSIONS, readableHas } from '@orrery/base/kernel'
import type { Access } from '../access.ts'
import type { GrantKind, Reason } from '../grant.ts'
import { asGrants, findTarget, noThing } from '../grants/grant-rows.ts'
import { parsePermission } from '../grants/grant-words.ts'
import { findAbout } from '../principals/about-principal.ts'
import type { AccessVerbDeps } from './access-verb-deps.ts'
import { buildProfile } from './build-profile.ts'
import { decide } from './decide.ts'
import { levelOf } from './level-of.ts'
import { grantKindsOf, targetKindOf } from './levels.ts'
import { type HeldGrant, loadRights } from './load-rights.ts'
import { weigh } from './weigh.ts'

/** Says why an account can or cannot do something; see `Access.explain`. */
export function makeExplain(deps: AccessVerbDeps): Access['explain'] {
  const { db, things } = deps
  return async function explain(caller, input) {
    const permission = parsePermission(input.permission)
    const about = await findAbout(deps, caller, input.principal)
    const { on } = PERMISSIONS[permission]
    const kind: GrantKind = on === 'workspace' ? on : grantKindsOf(on)[0]
    if (input.on !== undefined && kind === 'workspace') {
      throw invalid(`'${permission}' is not decided on single things: leave 'on' out.`)
    }
    const workspace = caller.workspace.key
    return db.scan(async (reads) => {
      const target =
        input.on === undefined ? undefined : await findTarget(reads, things, workspace, kind, input.on)
      const resource = targetKindOf(kind)
      const isSeen =
        input.on === undefined ||
        (target !== undefined && target !== 0 && readableHas(caller.readable(resource!), target))
      if (!isSeen) throw noThing(kind, input.on!)
      const rights = await loadRights(reads, about.key, workspace)
      const names = await namesOf(reads, rights.grants)
      const reasons = weigh(rights, permission, target, (grant) => names.get(grant) ?? String(grant.target))
      const isDisabled = about.disabledAt !== null
      return {
        principal: about.name,
        permission,
        on: input.on ?? null,
        allowed: !isDisabled && decide(buildProfile(rights), permission, target),
        level: isDisabled ? ('NO_PERMISSIONS' as const) : levelOf(rights, kind, target ?? 0),
        reasons: isDisabled ? disabled(reasons) : reasons,
      }
    })

    async function namesOf(reads: typeof db.read, grants: readonly HeldGrant[]) {
      const single = grants
        .filter((grant) => grant.target !== 0)
        .map((grant) => ({
          ...grant,
          grant,
          key: 0,
          workspaceKey: workspace,
          principal: 0,
          ofMaker: 0,
          createdAt: 0,
          createdBy: '',
        }))
      const named = await asGrants(reads, things, workspace, single)
      return new Map(named.map(({ row, grant }) => [row.grant, grant.pattern]))
    }
  }
}

const disabled = (reasons: readonly Reason[]): Reason[] => [
  { effect: 'deny', says: 'the account is disabled: nobody can sign in with it', decisive: true },
  ...reasons.map((reason) => ({ ...reason, decisive: false })),
]
