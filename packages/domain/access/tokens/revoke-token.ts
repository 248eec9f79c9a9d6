import { type Caller, missing } from '@orrery/base/kernel'
import type { AccessEvent } from '../access-events.ts'
import { mustChange } from '../authentication/must-change.ts'
import type { Tokens } from '../credentials.ts'
import { dropTokens } from './drop-tokens.ts'
import { isInReach } from './list-tokens.ts'
import type { TokenDeps } from './make-tokens.ts'
import { type TokenRow, tokenById } from './token-rows.ts'

/** Ends a token at once; see `Tokens.revoke`. */
export function makeRevokeToken(deps: TokenDeps): Tokens['revoke'] {
  const { db, emit, changes, meter } = deps
  return async function revokeToken(caller, { id }) {
    await db.inTx(async (tx) => {
      await changes.turn(tx)
      const row = await tx.first(tokenById, { id })
      if (row === undefined || !mayRevoke(caller, row)) throw missing(`Token with id=${id} not found`)
      // Whoever finds a token that only reads may still end it.
      if (row.key !== caller.credential?.key) mustChange(caller)
      await dropTokens(tx, meter, [row])
      await changes.change(tx, { principal: row.principalKey })
      const { kind, name, principal, expiresAt } = row
      await emit(tx, caller, {
        type: 'token.revoked',
        subject: `tokens/${id}`,
        before: { kind, name, principal, expiresAt },
        after: undefined,
      } satisfies AccessEvent)
    })
  }
}

function mayRevoke(caller: Caller, row: TokenRow): boolean {
  const { principalKey, workspaceKey } = row
  if (principalKey === caller.principal.key) return isInReach(caller, row)
  return workspaceKey === caller.workspace.key && caller.may('workspace.manage')
}
