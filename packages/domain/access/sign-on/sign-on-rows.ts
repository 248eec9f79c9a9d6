import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'

export const insertSignOn = statement(
  'access.insert-sign-on',
  (
    k: Kysely<AccessTables>,
    p: { state: string; browser: string; nonce: string; codeVerifier: string; next: string; endsAt: number },
  ) =>
    k.insertInto('sign_ons').values({
      state_hash: p.state,
      browser_hash: p.browser,
      nonce: p.nonce,
      code_verifier: p.codeVerifier,
      next: p.next,
      ends_at: p.endsAt,
    }),
)

/** Reads and deletes at once: of two that come with the same state one finds it. */
export const takeSignOn = statement('access.take-sign-on', (k: Kysely<AccessTables>, p: { state: string }) =>
  k
    .deleteFrom('sign_ons')
    .where('state_hash', '=', p.state)
    .returning([
      'browser_hash as browser',
      'nonce',
      'code_verifier as codeVerifier',
      'next',
      'ends_at as endsAt',
    ]),
)

interface IdentityKey {
  readonly issuer: string
  readonly subject: string
}

export const findIdentity = statement('access.find-identity', (k: Kysely<AccessTables>, p: IdentityKey) =>
  k
    .selectFrom('identities as i')
    .innerJoin('principals as p', 'p.principal_key', 'i.principal_key')
    .select(['p.principal_key as key', 'p.name as name', 'p.stamp as stamp', 'p.disabled_at as disabledAt'])
    .where('i.issuer', '=', p.issuer)
    .where('i.subject', '=', p.subject),
)

export const insertIdentity = statement(
  'access.insert-identity',
  (k: Kysely<AccessTables>, p: IdentityKey & { principal: number; email: string; now: number }) =>
    k.insertInto('identities').values({
      issuer: p.issuer,
      subject: p.subject,
      principal_key: p.principal,
      email: p.email,
      linked_at: p.now,
      last_sign_on_at: p.now,
    }),
)

export const noteSignOn = statement(
  'access.note-sign-on',
  (k: Kysely<AccessTables>, p: IdentityKey & { email: string; now: number }) =>
    k
      .updateTable('identities')
      .set({ email: p.email, last_sign_on_at: p.now })
      .where('issuer', '=', p.issuer)
      .where('subject', '=', p.subject),
)
