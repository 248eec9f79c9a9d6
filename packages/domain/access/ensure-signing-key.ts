import { randomBytes } from 'node:crypto'
import { statement, type Tx } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from './access-tables.ts'

const insertKey = statement(
  'access.insert-signing-key',
  (k: Kysely<AccessTables>, p: { purpose: string; keyHex: string }) =>
    k
      .insertInto('signing_keys')
      .values({ purpose: p.purpose, key_hex: p.keyHex })
      .onConflict((clash) => clash.column('purpose').doNothing()),
)

const selectKey = statement('access.signing-key', (k: Kysely<AccessTables>, p: { purpose: string }) =>
  k.selectFrom('signing_keys').select('key_hex as keyHex').where('purpose', '=', p.purpose),
)

/** The purpose whose key signs nothing: it seals the texts that the database must give back. */
export const SEALING = 'sealed texts'

/** The key of 32 bytes for a purpose, the same for every server on this database; made when first asked for. */
export async function ensureSigningKey(tx: Tx, purpose: string): Promise<Buffer> {
  await tx.run(insertKey, { purpose, keyHex: randomBytes(32).toString('hex') })
  const row = await tx.first(selectKey, { purpose })
  if (row === undefined) throw new Error(`the signing key for '${purpose}' vanished while it was made`)
  return Buffer.from(row.keyHex, 'hex')
}
