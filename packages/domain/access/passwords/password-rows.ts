import { type Reads, statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'
import { foldName } from '../decisions/find-principal.ts'
import { LIMITS } from '../limits.ts'

/** Sets the password of an account, by a hash of `PasswordHasher`. */
export const putPassword = statement(
  'access.put-password',
  (k: Kysely<AccessTables>, p: { principal: number; hash: string; now: number }) =>
    k
      .insertInto('passwords')
      .values({ principal_key: p.principal, hash: p.hash, changed_at: p.now })
      .onConflict((clash) => clash.column('principal_key').doUpdateSet({ hash: p.hash, changed_at: p.now })),
)

/** A user as whoever signs in with a name and a password sees them. */
export interface SigningIn {
  readonly key: number
  readonly name: string
  readonly stamp: number
  readonly disabledAt: number | null
  /** Null: signs in otherwise. */
  readonly hash: string | null
}

const userByName = statement('access.user-with-password', (k: Kysely<AccessTables>, p: { folded: string }) =>
  k
    .selectFrom('principals')
    .leftJoin('passwords', 'passwords.principal_key', 'principals.principal_key')
    .select([
      'principals.principal_key as key',
      'principals.name',
      'principals.stamp',
      'principals.disabled_at as disabledAt',
      'passwords.hash as hash',
    ])
    .where('principals.kind', '=', 'user')
    .where('principals.folded_name', '=', p.folded),
)

/** The user of that name, with what a password is held against. */
export async function findSigningIn(reads: Reads, name: string): Promise<SigningIn | undefined> {
  // Longer ones nobody has: what comes from strangers is not folded at any length.
  return name.length > LIMITS.principalName ? undefined : reads.first(userByName, { folded: foldName(name) })
}
