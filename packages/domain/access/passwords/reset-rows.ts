import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'

export const insertResetLink = statement(
  'access.insert-reset-link',
  (k: Kysely<AccessTables>, p: { hash: string; principal: number; now: number; endsAt: number }) =>
    k
      .insertInto('setup_links')
      .values({ hash: p.hash, principal_key: p.principal, created_at: p.now, ends_at: p.endsAt }),
)

/** A newer link ends the older ones; a new password, and the end of the account, all of them. */
export const dropResetLinks = statement(
  'access.drop-reset-links',
  (k: Kysely<AccessTables>, p: { principal: number }) =>
    k.deleteFrom('setup_links').where('principal_key', '=', p.principal),
)

export const resettable = statement(
  'access.account-of-reset-link',
  (k: Kysely<AccessTables>, p: { hash: string; now: number }) =>
    k
      .selectFrom('setup_links as l')
      .innerJoin('principals as p', 'p.principal_key', 'l.principal_key')
      .select(['p.principal_key as key', 'p.name as name', 'p.stamp as stamp'])
      .where('l.hash', '=', p.hash)
      .where('l.ends_at', '>', p.now)
      .where('p.kind', '=', 'user')
      .where('p.disabled_at', 'is', null),
)
