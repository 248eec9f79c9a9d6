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

export const ownerRoleOf = statement(
  'access.built-in-owner-role',
  (k: Kysely<AccessTables>, p: { workspace: number }) =>
    k
      .selectFrom('roles')
      .select('role_key as key')
      .where('workspace_key', '=', p.workspace)
      .where('name', '=', 'owner')
      .where('built_in', '=', 1),
)

export const assignRole = statement(
  'access.assign-role-at-setup',
  (
    k: Kysely<AccessTables>,
    p: { workspace: number; principal: number; role: number; now: number; by: string },
  ) =>
    k.insertInto('role_assignments').values({
      workspace_key: p.workspace,
      principal_key: p.principal,
      role_key: p.role,
      source: 'manual',
      created_at: p.now,
      created_by: p.by,
    }),
)
