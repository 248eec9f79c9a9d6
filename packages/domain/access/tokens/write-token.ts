import type { Caller, Clock, IdSource } from '@orrery/base/kernel'
import type { Tx } from '@orrery/drivers/db'
import type { Emit } from '../../events/index.ts'
import type { AccessEvent } from '../access-events.ts'
import { hashSecret, newSecret } from '../authentication/secret.ts'
import { type NewToken, TOKEN_PREFIXES, type TokenKind } from '../token.ts'
import { detailsOf, insertToken, tokenByKey } from './token-rows.ts'

export interface WantedToken {
  readonly kind: TokenKind
  readonly name: string
  readonly owner: { readonly key: number; readonly stamp: number }
  readonly allWorkspaces: boolean
  readonly readOnly: boolean
  readonly run?: { readonly key: number; readonly id: string }
  readonly expiresAt: number
  readonly endsAt: number
}

/** Makes a token in the caller's workspace: the secret is in what it gives and nowhere else. */
export async function writeToken(
  tx: Tx,
  { clock, ids, emit }: { clock: Clock; ids: IdSource; emit: Emit },
  caller: Caller,
  wanted: WantedToken,
): Promise<NewToken & { readonly key: number }> {
  const { kind, name, owner, run, expiresAt, endsAt } = wanted
  const prefix = TOKEN_PREFIXES[kind]
  const token = `${prefix}${newSecret()}`
  const id = ids.hex32()
  const inserted = await tx.first(insertToken, {
    id,
    hash: hashSecret(token),
    kind,
    name,
    principalKey: owner.key,
    workspaceKey: caller.workspace.key,
    allWorkspaces: wanted.allWorkspaces ? 1 : 0,
    readOnly: wanted.readOnly ? 1 : 0,
    shown: token.slice(0, prefix.length + 4),
    stamp: owner.stamp,
    runKey: run?.key ?? null,
    runId: run?.id ?? null,
    now: clock(),
    createdBy: caller.principal.name,
    expiresAt,
    endsAt,
  })
  const row = await tx.first(tokenByKey, { key: inserted!.key })
  const details = detailsOf(row!)
  await emit(tx, caller, {
    type: 'token.created',
    subject: `tokens/${id}`,
    before: undefined,
    after: { kind, name, principal: details.principal, expiresAt },
  } satisfies AccessEvent)
  return { ...details, token, key: inserted!.key }
}
