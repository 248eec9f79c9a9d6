import { type Caller, invalid, must, mustHave } from '@orrery/base/kernel'
import type { Principals } from '../access.ts'
import type { AccessEvent } from '../access-events.ts'
import type { AccessVerbDeps } from '../decisions/access-verb-deps.ts'
import { putPassword } from '../passwords/password-rows.ts'
import type { PrincipalKind } from '../principal.ts'
import { insertPrincipal, nameIsTaken } from './insert-principal.ts'
import { checkPrincipalName, checkPrincipalText } from './principal-name.ts'
import { principalsByKey, subjectOf } from './principal-rows.ts'

/** Makes an account or group; see `Principals.create`. */
export function makeCreatePrincipal(deps: AccessVerbDeps): Principals['create'] {
  const { db, emit, clock, changes, hasher } = deps
  return async function createPrincipal(caller, input) {
    const { kind, name, displayName = '', email = '', password } = input
    mustCreate(caller, kind)
    checkPrincipalName(name)
    checkPrincipalText(displayName, 'display_name')
    checkPrincipalText(email, 'email')
    if (password !== undefined && kind !== 'user') {
      throw invalid(`A ${kind === 'group' ? 'group' : 'service account'} has no password.`)
    }
    const hash = password === undefined ? undefined : await hasher.hash(password, caller.address)
    return db.inTx(async (tx) => {
      await changes.turn(tx)
      const now = clock()
      const key = await insertPrincipal(tx, {
        kind,
        name,
        displayName,
        email,
        homeWorkspaceKey: kind === 'service' ? caller.workspace.key : null,
        isAdmin: false,
        now,
        by: caller.principal.name,
      })
      if (key === undefined) throw nameIsTaken(name)
      if (hash !== undefined) await tx.run(putPassword, { principal: key, hash, now })
      await changes.change(tx, { principal: key })
      await emit(tx, caller, {
        type: 'principal.created',
        subject: subjectOf({ kind, name }),
        before: undefined,
        after: { kind, name },
      } satisfies AccessEvent)
      const [details] = await principalsByKey(tx, [key])
      return details!
    })
  }
}

/**
 * Accounts and groups reach beyond workspaces: whoever manages the server makes them. A service account is of one workspace,
 * whose owners make it.
 */
function mustCreate(caller: Caller, kind: PrincipalKind): void {
  if (kind === 'service') must(caller, 'workspace.manage')
  // Not a change to the workspace of the request: that one may be archived.
  else mustHave(caller, 'server.manage')
}
