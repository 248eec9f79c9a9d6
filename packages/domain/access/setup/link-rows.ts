import { statement } from '@orrery/drivers/db'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../access-tables.ts'

export const insertLink = statement(
  'access.insert-setup-link',
  (k: Kysely<AccessTables>, p: { hash: string; now: number; endsAt: number }) =>
    k
      .insertInto('setup_links')
      .values({ hash: p.hash, principal_key: null, created_at: p.now, ends_at: p.endsAt }),
)

export const dropLinks = statement(
  'access.drop-setup-links',
  (k: Kysely<AccessTables>, _: Record<string, never>) =>
    k.deleteFrom('setup_links').where('principal_key', 'is', null),
)

export const openLink = statement(
  'access.open-setup-link',
  (k: Kysely<AccessTables>, p: { hash: string; now: number }) =>
    k
      .selectFrom('setup_links')
      .select('hash')
      .where('hash', '=', p.hash)
      .where('principal_key', 'is', null)
      .where('ends_at', '>', p.now),
)
