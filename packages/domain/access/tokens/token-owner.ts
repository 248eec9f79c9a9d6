import { type Caller, Problem } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import { type FoundPrincipal, findPrincipalByKey } from '../decisions/find-principal.ts'
import { ProfiledCaller } from '../decisions/profiled-caller.ts'

/** The account of the caller, as it is now. @throws INVALID_STATE on a server without accounts */
export async function ownAccount(tx: Tx, { principal }: Caller): Promise<FoundPrincipal> {
  const account = principal.key === undefined ? undefined : await findPrincipalByKey(tx, principal.key)
  if (account === undefined || account.disabledAt !== null) {
    throw new Problem('INVALID_STATE', `'${principal.name}' has no account that tokens could be of.`, {
      hint: 'A server without accounts needs no tokens.',
    })
  }
  return account
}

/**
 * For routes that every account may ask: a token is of a workspace in which its owner has a part, be it one grant.
 *
 * @throws RESOURCE_DOES_NOT_EXIST at the root, for whoever is not in `default`
 */
export function mustBeIn(caller: Caller): void {
  if (!(caller instanceof ProfiledCaller) || caller.profile.isMember) return
  const { principal, workspace } = caller
  throw new Problem('RESOURCE_DOES_NOT_EXIST', `'${principal.name}' is not in '${workspace.name}'.`, {
    hint: 'Name the workspace that the token is for: /workspaces/<name>/api/orrery/v1/….',
  })
}

/** A credential of a limited time makes no others: whoever has found it would have it for ever. */
export function mustOutliveTheHour({ credential }: Caller): void {
  if (credential?.kind !== 'tracking' && credential?.kind !== 'run') return
  throw new Problem('PERMISSION_DENIED', `A ${credential.kind} credential cannot make other tokens.`, {
    hint: 'Sign in, or use a personal token.',
  })
}
