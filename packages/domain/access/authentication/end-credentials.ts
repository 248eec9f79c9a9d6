import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { SEALING } from '../ensure-signing-key.ts'

const nobody: Record<string, never> = {}

const ENDED = ['token_runs', 'tokens', 'sessions', 'setup_links', 'sign_ons'] as const

const dropping = ENDED.map((table) =>
  statement(`access.end-all-${table}`, (k: Kysely<AccessTables>, _: typeof nobody) => k.deleteFrom(table)),
)

/** The key that seals texts signs nothing: without it the secrets of subscriptions could not be read again. */
const dropSigningKeys = statement('access.end-signing-keys', (k: Kysely<AccessTables>, _: typeof nobody) =>
  k.deleteFrom('signing_keys').where('purpose', '!=', SEALING),
)

const countNone = statement('access.count-no-tokens', (k: Kysely<AccessTables>, _: typeof nobody) =>
  k.updateTable('workspace_usage').set({ amount: 0 }).where('what', '=', 'tokens'),
)

/**
 * Ends every session and token of every account, every sign-on and setup under way, and every signed address: for a
 * database that is older than what was revoked since, and whose signing keys lay in a backup. Passwords and rights stay
 * as they were.
 */
export async function endCredentials(tx: Tx): Promise<void> {
  for (const drop of dropping) await tx.run(drop, nobody)
  await tx.run(dropSigningKeys, nobody)
  await tx.run(countNone, nobody)
}
