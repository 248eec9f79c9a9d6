import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import type { Meter } from '../seams.ts'
import type { TokenKind } from '../token.ts'
import { deleteToken, deleteTokenRuns } from './token-rows.ts'

export interface DroppedToken {
  readonly key: number
  readonly kind: TokenKind
  readonly workspaceKey: number
}

const tokensOf = statement(
  'access.tokens-to-drop-of-principal',
  (k: Kysely<AccessTables>, p: { principal: number }) =>
    k
      .selectFrom('tokens')
      .select(['token_key as key', 'kind', 'workspace_key as workspaceKey'])
      .where('principal_key', '=', p.principal),
)

/** Only those that somebody made by name count against the quota of the workspace. */
const isMetered = (kind: TokenKind) => kind === 'personal' || kind === 'service'

/** Takes tokens away with what they remember of runs, and no longer counts them. */
export async function dropTokens(
  tx: Tx,
  meter: Pick<Meter, 'adjust'>,
  tokens: readonly DroppedToken[],
): Promise<void> {
  const dropped = new Map<number, number>()
  for (const { key, kind, workspaceKey } of tokens) {
    await tx.run(deleteTokenRuns, { key })
    const count = await tx.run(deleteToken, { key })
    if (isMetered(kind)) dropped.set(workspaceKey, (dropped.get(workspaceKey) ?? 0) + count)
  }
  for (const [workspaceKey, count] of dropped) await meter.adjust(tx, workspaceKey, 'tokens', -count)
}

/** Every token of an account. */
export async function dropTokensOf(tx: Tx, meter: Pick<Meter, 'adjust'>, principal: number): Promise<void> {
  await dropTokens(tx, meter, await tx.all(tokensOf, { principal }))
}
