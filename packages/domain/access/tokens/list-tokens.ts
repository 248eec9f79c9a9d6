import { type Caller, must } from '@orrery/base/kernel'
import type { Tokens } from '../credentials.ts'
import type { TokenDeps } from './make-tokens.ts'
import { detailsOf, type TokenRow, tokensOfPrincipal, tokensOfWorkspace } from './token-rows.ts'

/** A token of one workspace tells of no other, not even what its own account has there. */
export const isInReach = ({ credential }: Caller, { workspaceKey }: Pick<TokenRow, 'workspaceKey'>) =>
  credential?.onlyIn === undefined || credential.onlyIn === workspaceKey

/** One's own tokens, or those of the workspace; see `Tokens.list`. */
export function makeListTokens({ db, clock }: Pick<TokenDeps, 'db' | 'clock'>): Tokens['list'] {
  return async function listTokens(caller, { whose }) {
    const now = clock()
    if (whose === 'workspace') {
      must(caller, 'workspace.manage')
      const rows = await db.scan((reads) =>
        reads.all(tokensOfWorkspace, { workspace: caller.workspace.key, now }),
      )
      return rows.map(detailsOf)
    }
    const { key: principal } = caller.principal
    if (principal === undefined) return []
    const rows = await db.scan((reads) => reads.all(tokensOfPrincipal, { principal, now }))
    return rows.filter((row) => isInReach(caller, row)).map(detailsOf)
  }
}
